/** Python's `strftime` in the C locale, as far as dates in prompts need it. Local time. */

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July'].concat([
  'August',
  'September',
  'October',
  'November',
  'December',
]);
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const padded = (value: number, width = 2): string => String(value).padStart(width, '0');
const twelveHours = (hours: number): number => hours % 12 || 12;

function dayOfYear(date: Date): number {
  const start = Date.UTC(date.getFullYear(), 0, 1);
  return (Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) - start) / 86_400_000 + 1;
}

const directives: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getFullYear()),
  y: (date) => padded(date.getFullYear() % 100),
  m: (date) => padded(date.getMonth() + 1),
  d: (date) => padded(date.getDate()),
  e: (date) => String(date.getDate()).padStart(2),
  B: (date) => months[date.getMonth()] as string,
  b: (date) => (months[date.getMonth()] as string).slice(0, 3),
  h: (date) => (months[date.getMonth()] as string).slice(0, 3),
  A: (date) => days[date.getDay()] as string,
  a: (date) => (days[date.getDay()] as string).slice(0, 3),
  w: (date) => String(date.getDay()),
  u: (date) => String(date.getDay() || 7),
  j: (date) => padded(dayOfYear(date), 3),
  H: (date) => padded(date.getHours()),
  I: (date) => padded(twelveHours(date.getHours())),
  M: (date) => padded(date.getMinutes()),
  S: (date) => padded(date.getSeconds()),
  f: (date) => `${padded(date.getMilliseconds(), 3)}000`,
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  F: (date) => strftime(date, '%Y-%m-%d'),
  T: (date) => strftime(date, '%H:%M:%S'),
  D: (date) => strftime(date, '%m/%d/%y'),
  R: (date) => strftime(date, '%H:%M'),
  '%': () => '%',
};

/** `%-d` is the number without its leading zeros or blanks; an unknown directive stays as it stands. */
export function strftime(date: Date, format: string): string {
  return format.replace(/%(-?)([A-Za-z%])/g, (whole, dash: string, directive: string) => {
    const text = directives[directive]?.(date) ?? whole;
    return dash === '' ? text : text.replace(/^[0 ]+(?=\d)/, '');
  });
}
