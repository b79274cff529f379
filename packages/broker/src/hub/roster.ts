// A list without order: whoever is in it joins and leaves at a cost that does not grow with the list.

export class Roster<Member> {
  readonly #members: Member[] = [];
  readonly #places = new Map<Member, number>();

  get members(): readonly Member[] {
    return this.#members;
  }

  add(member: Member): void {
    if (this.#places.has(member)) return;
    this.#places.set(member, this.#members.length);
    this.#members.push(member);
  }

  /** The last takes the place of who leaves. */
  delete(member: Member): void {
    const place = this.#places.get(member);
    if (place === undefined) return;
    const last = this.#members.pop() as Member;
    this.#places.delete(member);
    if (last === member) return;
    this.#members[place] = last;
    this.#places.set(last, place);
  }
}
