export { type AliasProblem, InboundAliases, OutboundAliases } from './aliases.ts';
export { Backlog, type BacklogLimits, type BacklogPolicy } from './backlog.ts';
export { type Arrival, Inbox } from './inbox.ts';
export {
  type Delivery,
  type DeliveryPhase,
  delivery,
  type Message,
  type MessageProperties,
  message,
  messageBytes,
  messageProperties,
} from './message.ts';
export { type Answered, Outbox, type Owed } from './outbox.ts';
