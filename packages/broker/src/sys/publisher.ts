// Publishes `$SYS` through the hub: all of it at the start, then at an interval, on the hub's own wheel.

import { utf8Bytes } from '@anax/protocol';
import type { Hub } from '../hub/hub.ts';
import { Timer } from '../hub/wheel.ts';
import { type Figures, SysTree } from './tree.ts';

/** @param figures counts what there is at the moment of the call */
export function startSys(
  hub: Hub,
  version: string,
  intervalMs: number,
  figures: () => Figures,
  now: number,
): void {
  const saying = hub.limits.retainAvailable ? 'changes' : 'everything';
  const tree = new SysTree(version, saying, figures(), now);
  const publish = (at: number): void => {
    for (const { topic, text } of tree.update(figures(), at)) hub.publishSys(topic, utf8Bytes(text), at);
    hub.wheel.set(timer, at + intervalMs);
  };
  const timer = new Timer(publish);
  publish(now);
}
