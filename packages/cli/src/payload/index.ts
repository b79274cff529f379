export { cborOf, diagnosticOf } from './cbor.ts';
export { type Excerpt, excerptOf, shortened } from './excerpt.ts';
export { FormatFault } from './fault.ts';
export { payloadMember, SHOWN_FORMATS, type Shown, type ShownFormat, shownPayload } from './shown.ts';
export { payloadOf, TYPED_FORMATS, type TypedFormat } from './typed.ts';
