/** Times as a report has them: exact, all in one zone that it names. */
export interface ExactTimes {
  /** `30 November 2026, 07:32`. */
  full(time: string): string;
  /** `07:32:09`; with its day where that is another than that of `day`. */
  clock(time: string, day?: string): string;
  /** As a sentence says it: `UTC`, `Europe/Berlin`. */
  zone: string;
}

/** `zone`: a name of the time zone database. */
export function exactTimes(zone: string): ExactTimes {
  const day = new Intl.DateTimeFormat('en-GB', { timeZone: zone, day: 'numeric', month: 'long', year: 'numeric' });
  const minute = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
  const second = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeStyle: 'medium' });
  const known = (time: string, say: (at: Date) => string) => {
    const at = new Date(time);
    return Number.isNaN(at.getTime()) ? time : say(at);
  };
  return {
    full: (time) => known(time, (at) => `${day.format(at)}, ${minute.format(at)}`),
    clock: (time, other) =>
      known(time, (at) => {
        const isSame = other !== undefined && day.format(at) === known(other, (that) => day.format(that));
        return isSame ? second.format(at) : `${day.format(at)}, ${second.format(at)}`;
      }),
    zone,
  };
}
