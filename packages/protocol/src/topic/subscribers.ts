/**
 * Owns the subscribers of one filter: most filters have one, so one is held without a Map.
 * Never knows the filter. `undefined` stands for none, so an empty set takes no memory.
 */

class Single<Subscriber, Subscription> {
  readonly subscriber: Subscriber;
  readonly subscription: Subscription;

  constructor(subscriber: Subscriber, subscription: Subscription) {
    this.subscriber = subscriber;
    this.subscription = subscription;
  }
}

export type Subscribers<Subscriber, Subscription> =
  | Single<Subscriber, Subscription>
  | Map<Subscriber, Subscription>;

export function subscriptionOf<Subscriber, Subscription>(
  all: Subscribers<Subscriber, Subscription> | undefined,
  subscriber: Subscriber,
): Subscription | undefined {
  if (all === undefined) return undefined;
  if (all instanceof Map) return all.get(subscriber);
  return all.subscriber === subscriber ? all.subscription : undefined;
}

/** With `subscriber` added, or its subscription replaced. What was passed in is used up. */
export function withSubscriber<Subscriber, Subscription>(
  all: Subscribers<Subscriber, Subscription> | undefined,
  subscriber: Subscriber,
  subscription: Subscription,
): Subscribers<Subscriber, Subscription> {
  if (all instanceof Map) return all.set(subscriber, subscription);
  if (all === undefined || all.subscriber === subscriber) return new Single(subscriber, subscription);
  const map = new Map<Subscriber, Subscription>();
  return map.set(all.subscriber, all.subscription).set(subscriber, subscription);
}

/** Without `subscriber`, who is known to be among them. What was passed in is used up. */
export function withoutSubscriber<Subscriber, Subscription>(
  all: Subscribers<Subscriber, Subscription>,
  subscriber: Subscriber,
): Subscribers<Subscriber, Subscription> | undefined {
  if (!(all instanceof Map)) return undefined;
  all.delete(subscriber);
  if (all.size > 1) return all;
  for (const [last, subscription] of all) return new Single(last, subscription);
  return undefined;
}

export function visitSubscribers<Subscriber, Subscription>(
  all: Subscribers<Subscriber, Subscription>,
  visit: (subscriber: Subscriber, subscription: Subscription) => void,
): void {
  if (all instanceof Map) for (const [subscriber, subscription] of all) visit(subscriber, subscription);
  else visit(all.subscriber, all.subscription);
}
