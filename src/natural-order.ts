/** The locale is fixed: the order of photos must not depend on whose machine it is. */
const collator = new Intl.Collator('en', { numeric: true });

/** `IMG_9` before `IMG_10`; names that compare equal in that go by code units. */
export function naturalOrder(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}
