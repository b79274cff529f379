// Titles of reason codes are among the words: in place of `spec/reason-titles.ts` of the protocol.

export const reasonTitle = (code) => `~${code}`;
