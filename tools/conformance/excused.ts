// Statements that bind a client and that no test of the client shows, with the reason. Data only: a statement that is
// shown after all has no row here.

export const EXCUSED: Readonly<Record<string, string>> = {
  '[3.1.1:MQTT-4.8.0-2]': 'Nothing outside shows a transient error.',
  '[3.1.1:MQTT-7.0.0-2]': 'A rule on what is agreed on, not on what is sent.',
};
