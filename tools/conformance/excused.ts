// Statements that bind a client and that no test of the client shows, with the reason. Data only: a statement that is
// shown after all has no row here.

export const EXCUSED: Readonly<Record<string, string>> = {
  '[3.1.1:MQTT-4.8.0-2]': 'Nothing outside shows a transient error.',
  '[3.1.1:MQTT-7.0.0-2]': 'A rule on what is agreed on, not on what is sent.',
};

// Not excused, but not seen when one guard is taken out of the code, as a second one stands behind it:
//
// | statement | guards |
// |---|---|
// | [5:MQTT-3.8.3-1] [5:MQTT-3.10.3-1] [3.1.1:MQTT-3.8.3-1] [3.1.1:MQTT-3.10.3-1] | the check of a filter; the writer of strings |
// | [5:MQTT-3.1.2-12] [3.1.1:MQTT-3.1.2-14] | the check of the options; the writer of CONNECT |
// | [3.1.1:MQTT-1.5.3-2] | the check of a text; the writer of strings |
