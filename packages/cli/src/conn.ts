// `anax conn`: makes one connection and tells what happened, byte by byte where that is asked for.
// Owns the verb: how long it stays, what it prints and its exit code.

import { type Client, type CloseReason, type Trace, targetText } from '@anax/client';
import { type MqttError, reasonTitle } from '@anax/protocol';
import type { Command } from 'commander';
import { type Connecting, connectingOf } from './connection/connect-options.ts';
import { failureFacts, failureLines } from './connection/failures.ts';
import type { ConnectFlags } from './connection/flags.ts';
import { negotiatedFacts, negotiatedLines } from './connection/negotiated.ts';
import { aborted, withClient } from './connection/open.ts';
import { addConnectOptions, atAddress } from './connection/prepare.ts';
import { jsonTrace, textTrace } from './connection/trace.ts';
import { printable, printableJson } from './render/index.ts';
import { type Edges, EXIT, type ExitCode, UsageError } from './world/edges.ts';
import { processEdges } from './world/process.ts';
import { complain, newVerb } from './world/verb.ts';

interface Flags extends ConnectFlags {
  readonly json?: true;
  readonly once?: true;
  readonly stay?: true;
}

const HELP = `
On a terminal it stays connected until Ctrl-C, then disconnects in order. With --once, or where its output is piped, it
disconnects as soon as it is connected; --stay stays there, too.

Examples:
  $ anax conn --explain
  $ anax conn --hostname 127.0.0.1 --mqtt-version 5 --session-expiry-interval 300 --keepalive 60 \\
      --username admin --password public
  $ anax conn mqtt://admin:public@127.0.0.1:1883 -V 3.1.1 --once
  $ anax conn --json --explain | jq .summary

Exit codes: 0 connected and disconnected as asked, 1 refused, not reached or lost, 2 wrong usage.`;

/** The verb for the program `anax`. */
export function connCommand(edgesOf: () => Edges = processEdges): Command {
  const verb = newVerb('conn', edgesOf);
  verb.command
    .description('connect to a broker, and show how: what was sent, what was answered, what was negotiated')
    .argument('[address]', 'mqtt://user:password@host:port instead of options')
    .optionsGroup('What is shown:')
    .option('--explain', 'each packet sent and received, byte by byte with its fields')
    .option('--json', 'one line of JSON for each thing that happens; its fields with --explain')
    .option('--once', 'disconnect as soon as connected')
    .option('--stay', 'stay connected until Ctrl-C')
    .option('--no-color', 'no colour on a terminal; so does the environment variable NO_COLOR');
  addConnectOptions(verb, 'userProperties');
  return atAddress(verb, HELP, run);
}

async function run(address: string | undefined, flags: Flags, edges: Edges): Promise<ExitCode> {
  if (flags.once && flags.stay) throw new UsageError('--once and --stay are opposites');
  const connecting = connectingOf(address, flags, 'userProperties');
  const teller = flags.json ? jsonTeller(connecting, flags, edges) : textTeller(connecting, flags, edges);
  const stays = flags.stay === true || (edges.terminal && flags.once !== true);
  const { failed, trace } = teller;
  const hooks = { failed, ...(trace === undefined ? {} : { trace }) };
  return withClient(connecting, edges, hooks, (client) =>
    stays ? stay(client, teller, edges) : once(client, teller),
  );
}

/** What is said of a connection, in one of two languages. */
interface Teller {
  readonly trace: Trace | undefined;
  readonly connected: (client: Client) => void | Promise<void>;
  readonly negotiated: (client: Client) => void | Promise<void>;
  readonly staying: () => void | Promise<void>;
  readonly closed: (reason: CloseReason) => void | Promise<void>;
  readonly failed: (error: MqttError) => void | Promise<void>;
}

/** The table comes last. */
async function once(client: Client, teller: Teller): Promise<ExitCode> {
  await teller.connected(client);
  const reason = await client.disconnect();
  await teller.closed(reason);
  await teller.negotiated(client);
  return reason.error === undefined ? EXIT.good : EXIT.failed;
}

async function stay(client: Client, teller: Teller, edges: Edges): Promise<ExitCode> {
  await teller.connected(client);
  await teller.negotiated(client);
  await teller.staying();
  await Promise.race([client.closed, aborted(edges.stopped())]);
  const reason = await client.disconnect();
  await teller.closed(reason);
  return reason.error === undefined ? EXIT.good : EXIT.failed;
}

function textTeller(connecting: Connecting, flags: Flags, edges: Edges): Teller {
  const { dialect, target } = connecting;
  const { write } = edges;
  const colour = edges.colour && flags.color;
  const failed = (error: MqttError): void => complain('conn', failureLines(error, connecting), edges);
  return {
    trace: flags.explain ? textTrace({ dialect, write, colour }) : undefined,
    connected: ({ negotiated: { sessionPresent } }) => {
      const session = sessionPresent ? 'going on with the session that was there' : 'a new session';
      const words = `${success(connecting)}${dialect.sessionPresent ? `, ${session}` : ''}`;
      return write(
        `Connected to ${printable(targetText(target))} with MQTT ${dialect.name}: ${words}.\n${flags.explain ? '\n' : ''}`,
      );
    },
    negotiated: ({ negotiated }) =>
      write(`\n${negotiatedLines(connecting, negotiated, colour).join('\n')}\n`),
    staying: () => write('\nConnected until Ctrl-C.\n\n'),
    closed: ({ error }) => {
      if (error !== undefined) return failed(error);
      return write('Disconnected.\n');
    },
    failed,
  };
}

function success({ dialect }: Connecting): string {
  return dialect.reasonCodes ? '0x00 Success' : '0 Connection Accepted';
}

function jsonTeller(connecting: Connecting, flags: Flags, edges: Edges): Teller {
  const { dialect, target } = connecting;
  const { write } = edges;
  const say = (facts: Readonly<Record<string, unknown>>): void | Promise<void> => {
    const { event, ...rest } = facts;
    return write(`${printableJson({ event, at: new Date().toISOString(), ...rest })}\n`);
  };
  return {
    trace: jsonTrace({ dialect, write }, flags.explain ? 'fields' : 'no-fields'),
    connected: ({ negotiated }) =>
      say({ event: 'connected', ...target, negotiated: negotiatedFacts(negotiated) }),
    negotiated: () => {},
    staying: () => {},
    closed: ({ code, reasonCode, error }) =>
      say({
        event: 'closed',
        code,
        reasonCode,
        reason: reasonCode === undefined ? undefined : reasonTitle(reasonCode, 'disconnect'),
        message: error?.message,
      }),
    failed: (error) => say({ ...target, ...failureFacts(error) }),
  };
}
