export {
  type Annotation,
  type AnnotationKind,
  type BitRange,
  type ExplainedPacket,
  type ExplainedState,
  leavesOf,
  type RawValue,
} from './annotation.ts';
export { type ExplainOptions, explain, explainStream } from './explain.ts';
export { summaryOf } from './summary.ts';
