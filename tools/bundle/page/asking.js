// Requests and responses are loaded when the first is asked or answered: in place of `shell/asking.ts` of the client.

const load = () => import('./more.js');

export async function requester(client, life) {
  const { Requester } = await load();
  return new Requester(client, life);
}

export async function respond(...parts) {
  const { answer } = await load();
  answer(...parts);
}
