// The server's side of SCRAM, for tests: written apart from the client's, on Node's own crypto. [RFC 5802]

import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import {
  type AuthPacket,
  Decoder,
  encodePacket,
  MQTT_5_0,
  type Packet,
  type PropertiesOf,
} from '@anax/protocol';

export interface ScramFacts {
  readonly hash: 'sha1' | 'sha256' | 'sha512';
  readonly password: string;
  readonly salt: Buffer;
  readonly iterations: number;
  /** What the server adds to the client's nonce. */
  readonly nonce: string;
  /** For servers that do not know the password and say otherwise. */
  readonly signAs?: (signature: Buffer) => Buffer;
}

export const PENCIL: ScramFacts = {
  hash: 'sha256',
  password: 'pencil',
  salt: Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'),
  iterations: 4096,
  nonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
};

export type ServerStep =
  | { readonly continue: Buffer }
  | { readonly accepted: string; readonly data: Buffer }
  | { readonly refused: string };

export class ScramServer {
  readonly #facts: ScramFacts;
  #bare = '';
  #first = '';
  #userName = '';

  constructor(facts: ScramFacts) {
    this.#facts = facts;
  }

  step(data: Uint8Array | undefined): ServerStep {
    const text = Buffer.from(data ?? []).toString();
    return this.#bare === '' ? this.#begin(text) : this.#end(text);
  }

  #begin(text: string): ServerStep {
    const found = /^n,,(n=([^,]*),r=([^,]+))$/.exec(text);
    if (found === null) return { refused: 'the first message is not of SCRAM' };
    const [, bare = '', name = '', nonce = ''] = found;
    this.#bare = bare;
    this.#userName = name.replaceAll('=2C', ',').replaceAll('=3D', '=');
    const { salt, iterations } = this.#facts;
    this.#first = `r=${nonce}${this.#facts.nonce},s=${salt.toString('base64')},i=${iterations}`;
    return { continue: Buffer.from(this.#first) };
  }

  #end(text: string): ServerStep {
    const { hash, password, salt, iterations, signAs = (signature) => signature } = this.#facts;
    const found = /^(c=biws,r=([^,]+)),p=([^,]+)$/.exec(text);
    if (found === null) return { refused: 'the final message is not of SCRAM' };
    const [, withoutProof = '', nonce = '', proof = ''] = found;
    if (!this.#first.startsWith(`r=${nonce},`)) return { refused: 'another nonce' };
    const hmac = (key: Buffer, message: string): Buffer => createHmac(hash, key).update(message).digest();
    const sha = (bytes: Buffer): Buffer => createHash(hash).update(bytes).digest();
    const salted = pbkdf2Sync(password, salt, iterations, sha(Buffer.alloc(0)).length, hash);
    const authMessage = `${this.#bare},${this.#first},${withoutProof}`;
    const storedKey = sha(hmac(salted, 'Client Key'));
    const clientSignature = hmac(storedKey, authMessage);
    const clientKey = Buffer.from(proof, 'base64').map((byte, at) => byte ^ (clientSignature[at] ?? 0));
    if (!sha(Buffer.from(clientKey)).equals(storedKey)) return { refused: 'the proof is wrong' };
    const signature = signAs(hmac(hmac(salted, 'Server Key'), authMessage));
    return { accepted: this.#userName, data: Buffer.from(`v=${signature.toString('base64')}`) };
  }
}

/** A server of one connection that authenticates by SCRAM, at first and again, and echoes no message. */
export class ScramPeer {
  /** Types of what has come, in order. */
  readonly heard: string[] = [];
  readonly #method: string;
  readonly #facts: () => ScramFacts;
  readonly #say: (bytes: Uint8Array) => void;
  readonly #decoder = new Decoder({ sender: 'client', maximumPacketSize: 1_000_000 });
  #exchange: ScramServer | undefined;
  /** CONNACK has been sent. */
  #accepted = false;

  constructor(method: string, facts: () => ScramFacts, say: (bytes: Uint8Array) => void) {
    this.#method = method;
    this.#facts = facts;
    this.#say = say;
  }

  hear(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
    for (let packet = this.#decoder.next(); packet !== undefined; packet = this.#decoder.next()) {
      this.heard.push(packet.type === 'auth' ? `auth ${packet.reasonCode.toString(16)}` : packet.type);
      if (packet.type === 'connect' || packet.type === 'auth') this.#authenticate(packet);
      if (packet.type === 'publish' && packet.qos === 1) this.#send('puback', packet.packetId);
      if (packet.type === 'publish' && packet.qos === 2) this.#send('pubrec', packet.packetId);
      if (packet.type === 'pubrel') this.#send('pubcomp', packet.packetId);
    }
  }

  #authenticate(packet: AuthPacket | Extract<Packet, { type: 'connect' }>): void {
    if (packet.type === 'connect' || packet.reasonCode === 0x19)
      this.#exchange = new ScramServer(this.#facts());
    const step = this.#exchange?.step(packet.properties.authenticationData) ?? {
      refused: 'nothing was begun',
    };
    if ('continue' in step) this.#sendAuth(0x18, step.continue);
    else if ('refused' in step) this.#refuse(step.refused);
    else if (this.#accepted) this.#sendAuth(0, step.data);
    else {
      this.#accepted = true;
      const properties = { authenticationMethod: this.#method, authenticationData: step.data };
      this.#put({ type: 'connack', sessionPresent: false, reasonCode: 0, properties });
    }
  }

  #refuse(reasonString: string): void {
    const properties = { reasonString };
    if (this.#accepted) this.#put({ type: 'disconnect', reasonCode: 0x87, properties });
    else this.#put({ type: 'connack', sessionPresent: false, reasonCode: 0x86, properties });
  }

  #sendAuth(reasonCode: 0 | 0x18, authenticationData: Uint8Array): void {
    const properties: PropertiesOf<'auth'> = { authenticationMethod: this.#method, authenticationData };
    this.#put({ type: 'auth', reasonCode, properties });
  }

  #send(type: 'puback' | 'pubrec' | 'pubcomp', packetId: number): void {
    this.#put({ type, packetId, reasonCode: 0, properties: {} });
  }

  #put(packet: Packet): void {
    this.#say(encodePacket(packet, MQTT_5_0));
  }
}
