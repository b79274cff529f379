// `anax rr`: a message that asks, and one that answers. Owns which verbs there are.

import { Command } from 'commander';
import { requestCommand } from './rr/request.ts';
import { respondCommand } from './rr/respond.ts';
import type { Edges } from './world/edges.ts';
import { processEdges } from './world/process.ts';

const HELP = `
Examples:
  $ anax rr respond -t 'echo/#' --echo
  $ anax rr request -t echo/1 -m hello

MQTT 5: a request carries a Response Topic and Correlation Data, and the response goes there with the same data [5:4.10].`;

export function rrCommand(edgesOf: () => Edges = processEdges): Command {
  return new Command('rr')
    .description('request and response over MQTT 5')
    .addCommand(requestCommand(edgesOf))
    .addCommand(respondCommand(edgesOf))
    .addHelpText('after', HELP);
}
