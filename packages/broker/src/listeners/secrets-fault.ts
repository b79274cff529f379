// What is wrong with files of certificates and keys, in sentences: file, and what was expected. Holds nothing secret.

export class SecretsFault extends Error {}
