import { DataError } from '../../errors.ts';

/** What a pickle is made of here; nothing of it is ever run. */
export type PickleValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly PickleValue[]
  | PickleDictionary
  | PickleGlobal
  | PickleObject;

export interface PickleDictionary {
  readonly kind: 'dictionary';
  readonly items: Map<PickleValue, PickleValue>;
}

/** A class or function by name. */
export interface PickleGlobal {
  readonly kind: 'global';
  readonly name: string;
}

/** What calling a global would make, and the state that it is given then. */
export interface PickleObject {
  readonly kind: 'object';
  readonly callee: string;
  readonly parameters: readonly PickleValue[];
  state: PickleValue;
}

/**
 * Reads one object out of Python's pickle (protocols 2 to 4, `pickletools.py`) without running any of it: calls become
 * {@link PickleObject}. Read are the codes of which dictionaries of NumPy's arrays consist.
 * @throws DataError for another code, or bytes that end too early
 */
export function readPickle(bytes: Buffer, where: string): PickleValue {
  const stack: (PickleValue | typeof mark)[] = [];
  const memo = new Map<number, PickleValue>();
  let at = 0;
  const damaged = (what: string): DataError =>
    new DataError(`${where}: ${what}. Expected the matches that OpenSfM writes: let it write them again.`);
  const take = (size: number): Buffer => {
    if (!(size <= bytes.length - at)) throw damaged('ends too early');
    at += size;
    return bytes.subarray(at - size, at);
  };
  const u8 = (): number => take(1)[0];
  const u32 = (): number => take(4).readUInt32LE();
  const u64 = (): number => Number(take(8).readBigUInt64LE());
  const line = (): string => {
    const end = bytes.indexOf('\n', at);
    const text = take((end === -1 ? bytes.length + 1 : end + 1) - at);
    return text.toString('utf8', 0, text.length - 1);
  };
  const pop = (): PickleValue => {
    const value = stack.pop();
    if (value === undefined || value === mark) throw damaged('is not a pickle');
    return value;
  };
  const popToMark = (): PickleValue[] => {
    const start = stack.lastIndexOf(mark);
    if (start === -1) throw damaged('is not a pickle');
    return stack.splice(start).slice(1) as PickleValue[];
  };
  const top = (): PickleValue => {
    const value = pop();
    stack.push(value);
    return value;
  };
  const popSome = (count: number): PickleValue[] => Array.from({ length: count }, pop).reverse();
  const fromMemo = (key: number): PickleValue => {
    const value = memo.get(key);
    if (value === undefined) throw damaged('is not a pickle');
    return value;
  };
  const setItems = (pairs: readonly PickleValue[]): void => {
    const dictionary = top();
    if (!isKind(dictionary, 'dictionary') || pairs.length % 2 !== 0) throw damaged('is not a pickle');
    for (let i = 0; i < pairs.length; i += 2) dictionary.items.set(pairs[i], pairs[i + 1]);
  };
  const callee = (): string => {
    const value = pop();
    if (!isKind(value, 'global')) throw damaged('calls something that is no class');
    return value.name;
  };
  const call = (): PickleObject => {
    const parameters = pop();
    if (!Array.isArray(parameters)) throw damaged('is not a pickle');
    return { kind: 'object', callee: callee(), parameters: parameters as PickleValue[], state: null };
  };
  const setState = (): void => {
    const state = pop();
    const object = top();
    if (!isKind(object, 'object')) throw damaged('is not a pickle');
    object.state = state;
  };
  const stackGlobal = (): PickleGlobal => {
    const [module, name] = popSome(2);
    if (typeof module !== 'string' || typeof name !== 'string') throw damaged('is not a pickle');
    return { kind: 'global', name: `${module}.${name}` };
  };

  /** What each code pushes. */
  const pushes: Readonly<Record<number, () => PickleValue | typeof mark>> = {
    0x28: () => mark,
    0x29: () => [],
    0x42: () => take(u32()),
    0x43: () => take(u8()),
    0x4a: () => take(4).readInt32LE(),
    0x4b: u8,
    0x4d: () => take(2).readUInt16LE(),
    0x4e: () => null,
    0x52: call,
    0x58: () => take(u32()).toString('utf8'),
    0x63: () => ({ kind: 'global', name: `${line()}.${line()}` }),
    0x68: () => fromMemo(u8()),
    0x6a: () => fromMemo(u32()),
    0x74: popToMark,
    0x7d: () => ({ kind: 'dictionary', items: new Map() }),
    0x85: () => popSome(1),
    0x86: () => popSome(2),
    0x87: () => popSome(3),
    0x88: () => true,
    0x89: () => false,
    0x8c: () => take(u8()).toString('utf8'),
    0x8d: () => take(u64()).toString('utf8'),
    0x8e: () => take(u64()),
    0x93: stackGlobal,
  };
  /** What codes do that push nothing. */
  const acts: Readonly<Record<number, () => void>> = {
    0x30: pop,
    0x62: setState,
    0x71: () => memo.set(u8(), top()),
    0x72: () => memo.set(u32(), top()),
    0x73: () => setItems(popSome(2)),
    0x75: () => setItems(popToMark()),
    0x80: u8,
    0x94: () => memo.set(memo.size, top()),
    0x95: () => take(8),
  };

  const stop = 0x2e;
  for (let code = u8(); code !== stop; code = u8()) {
    const push = pushes[code];
    const act = acts[code];
    if (push !== undefined) stack.push(push());
    else if (act !== undefined) act();
    else throw damaged(`has the code 0x${code.toString(16)} of pickle, which such matches have not`);
  }
  return pop();
}

const mark = Symbol('mark');

export function isKind<K extends 'dictionary' | 'global' | 'object'>(
  value: PickleValue,
  kind: K,
): value is Extract<PickleValue, { kind: K }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}
