/**
 * Makes values and holds those that were asked for last, so that memory does not grow with how many there are.
 * @param most values held
 * @param keyOf items that agree in it have one value
 */
export function holdRecent<T, V>(
  most: number,
  make: (item: T) => V,
  keyOf: (item: T) => unknown = (item) => item,
): (item: T) => V {
  const held = new Map<unknown, V>();
  return (item) => {
    const key = keyOf(item);
    const value = held.has(key) ? held.get(key)! : make(item);
    // Last in the order, as the one that was asked for last.
    held.delete(key);
    held.set(key, value);
    if (held.size > most) held.delete(held.keys().next().value);
    return value;
  };
}
