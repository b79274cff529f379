// What the file for pages has not: in place of `features.ts` of the client.

export const AUTHENTICATION = false;
export const OLDER_DIALECTS = false;
export const STORE = false;
export const TRACE = false;
export const REDIRECTS = false;
