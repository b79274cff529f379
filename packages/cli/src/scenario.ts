// `anax/scenario`: what authors of scenarios for `anax simulate` import. Owns nothing: exports only.

export type { Random } from './simulate/random.ts';
export {
  type Device,
  type DeviceConnectOptions,
  type DeviceFacts,
  type DeviceMessage,
  type DevicePayload,
  type DevicePublishOptions,
  type JsonValue,
  type Scenario,
  scenario,
} from './simulate/scenario.ts';
