// A script against the machine alone, whose server's bytes come whole or one by one.

import { MqttError } from '@anax/protocol';
import { type ConnectOptions, Machine, type Outcome, Session } from '../../src/index.ts';
import { bytes, Recorder } from '../support.ts';
import type { Player } from './player.ts';
import { type Act, ANSWER, type Script } from './script.ts';

export class MachinePlayer implements Player {
  readonly #cut: (all: Uint8Array) => readonly Uint8Array[];
  readonly #session = new Session();
  readonly #outcomes = new Map<number, Outcome>();
  #options: ConnectOptions = {};
  #sink = new Recorder();
  #machine: Machine | undefined;
  #now = 0;
  #tickets = 1000;

  constructor(cut: (all: Uint8Array) => readonly Uint8Array[]) {
    this.#cut = cut;
  }

  async begin({ options = {} }: Script): Promise<void> {
    this.#options = options;
    this.#open();
  }

  async send(text: string): Promise<void> {
    this.#nothingSent();
    for (const chunk of this.#cut(bytes(text))) {
      this.#driven.receive(chunk, this.#now);
      for (const { type } of this.#sink.steps.splice(0)) {
        if (type === 'challenge') this.#driven.authenticate(ANSWER, this.#now);
      }
    }
  }

  async sent(): Promise<string> {
    return this.#sink.taken().join(' ');
  }

  rest = this.sent;

  async connect(): Promise<string> {
    const [connect = '', ...more] = this.#sink.taken();
    this.#sink.sent.push(...more);
    return connect;
  }

  async cut(): Promise<void> {
    this.#nothingSent();
    this.#driven.ended(undefined, this.#now);
    this.#open();
  }

  async act(act: Act): Promise<void> {
    const machine = this.#driven;
    const now = this.#now;
    if ('disconnect' in act) return machine.disconnect(act.disconnect, now);
    if ('reauthenticate' in act) return machine.reauthenticate(act.reauthenticate, now);
    const ticket = act.ticket ?? this.#tickets++;
    if ('publish' in act) machine.publish(act.publish, ticket, now);
    else if ('subscribe' in act) machine.subscribe(act.subscribe, act.properties ?? {}, ticket, now);
    else machine.unsubscribe(act.unsubscribe, {}, ticket, now);
  }

  async got(): Promise<readonly string[]> {
    return this.#sink.messages.splice(0).map((message) => `${message.topic}=${message.text()}`);
  }

  async outcome(ticket: number): Promise<Outcome | undefined> {
    return this.#outcomes.get(ticket) ?? this.#sink.outcomes.get(ticket);
  }

  /** Woken whenever the machine wants to be, and at the end. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    while (this.#driven.deadline() <= until) {
      this.#now = Math.max(this.#now, this.#driven.deadline());
      this.#driven.wake(this.#now);
    }
    this.#now = until;
    this.#driven.wake(until);
  }

  async ended() {
    const { closes } = this.#sink;
    this.#driven.ended(undefined, this.#now);
    const { reason } = this.#sink;
    if (reason === undefined || closes !== 1) throw new Error(`the machine closed ${closes} times`);
    return reason;
  }

  async clear(): Promise<void> {}

  get #driven(): Machine {
    if (this.#machine === undefined) throw new Error('the script has not begun');
    return this.#machine;
  }

  /** As the client does it: a clean start is for the first connection of a session that lasts. */
  #open(): void {
    const { cleanStart = true } = this.#options;
    const { lasts } = this.#session;
    for (const [ticket, outcome] of this.#sink.outcomes) this.#outcomes.set(ticket, outcome);
    const { messages } = this.#sink;
    this.#sink = new Recorder();
    this.#sink.messages.push(...messages);
    this.#sink.ended = () => this.#driven.verified(this.#now);
    const options = { ...this.#options, cleanStart: cleanStart && !lasts };
    this.#machine = new Machine(options, this.#session, this.#sink);
    this.#machine.connect(this.#now);
  }

  #nothingSent(): void {
    const { sent } = this.#sink;
    if (sent.length > 0) throw new MqttError('unexpected', `the client also sent ${sent.join(' | ')}`);
  }
}
