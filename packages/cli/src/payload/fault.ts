// What is wrong with a payload, in one sentence without its subject: `is not JSON: ...`.

export class FormatFault extends Error {}
