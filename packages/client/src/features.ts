// What a build of this client has: everything, unless it says otherwise. The ready file for pages is made without these
// (`tools/bundle`), and loads the one that has them all when options ask for one.

/** Enhanced authentication: AUTH, authenticators. */
export const AUTHENTICATION: boolean = true;
/** MQTT 3.1 and 3.1.1, and the choice among several. */
export const OLDER_DIALECTS: boolean = true;
/** An outbox that is kept beyond the process. */
export const STORE: boolean = true;
/** Packets as bytes, for whoever wants to see them. */
export const TRACE: boolean = true;
/** Server References that are followed. */
export const REDIRECTS: boolean = true;
