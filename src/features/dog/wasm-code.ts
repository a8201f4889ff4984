/**
 * Just enough of a WebAssembly assembler to write loops with SIMD by hand: each function returns the bytes of an
 * expression, operands first, as the stack machine wants them (WebAssembly core specification 2.0, sections 5.4 and 5.5).
 */
export type Code = readonly number[];

const i32Type = 0x7f;
const f32Type = 0x7d;
const v128Type = 0x7b;
const valueTypes = { i32: i32Type, f32: f32Type, v128: v128Type } as const;
export type ValueType = keyof typeof valueTypes;

const operator =
  (...opcode: number[]) =>
  (...operands: Code[]): Code => [...operands.flat(), ...opcode];

const simd = (index: number) => operator(0xfd, ...unsigned(index));

export const get = (local: number): Code => [0x20, local];
export const set = (local: number, value: Code): Code => [...value, 0x21, local];
export const constant = (value: number): Code => [0x41, ...signed(value)];

/** `i32` values: addresses in bytes and truths. */
export const i32 = {
  add: operator(0x6a),
  sub: operator(0x6b),
  lessThan: operator(0x49),
  isZero: operator(0x45),
  store: (address: Code, value: Code, offset = 0): Code => [...address, ...value, 0x36, 2, ...unsigned(offset)],
};

/** Four floats at once. Loads and stores need no alignment; `offset` is in bytes and not negative. */
export const f32x4 = {
  load: (address: Code, offset = 0): Code => [...address, 0xfd, 0x00, 0, ...unsigned(offset)],
  loadSplat: (address: Code, offset = 0): Code => [...address, 0xfd, 0x09, 0, ...unsigned(offset)],
  store: (address: Code, value: Code, offset = 0): Code => [...address, ...value, 0xfd, 0x0b, 0, ...unsigned(offset)],
  splat: simd(0x13),
  /** The same four times. */
  constant: (value: number): Code => [0x43, ...new Uint8Array(Float32Array.of(value).buffer), 0xfd, 0x13],
  less: simd(0x43),
  greater: simd(0x44),
  greaterOrEqual: simd(0x46),
  and: simd(0x4e),
  xor: simd(0x51),
  /** Bits of the first where the third has ones, else of the second. */
  select: simd(0x52),
  anyTrue: simd(0x53),
  /** The sign of each lane as bits 0 to 3. */
  signBits: simd(0xa4),
  abs: simd(0xe0),
  add: simd(0xe4),
  sub: simd(0xe5),
  mul: simd(0xe6),
  div: simd(0xe7),
  sqrt: simd(0xe3),
  /** `b > a ? b : a`, one machine instruction where `max` with its care for NaN is several. */
  pseudoMax: simd(0xeb),
  /** `b < a ? b : a`. */
  pseudoMin: simd(0xea),
};

/** Repeats the body as long as the condition at its end holds. */
export const doWhile = (body: Code, condition: Code): Code => [0x03, 0x40, ...body, ...condition, 0x0d, 0, 0x0b];

/** A block that `leaveUnless` inside it leaves at its end. */
export const block = (...body: Code[]): Code => [0x02, 0x40, ...body.flat(), 0x0b];
export const leaveUnless = (condition: Code): Code => [...i32.isZero(condition), 0x0d, 0];

export interface FunctionCode {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  /** Locals are numbered after the parameters. */
  readonly locals: readonly ValueType[];
  /** Leaves an `i32` on the stack where `returnsI32`. */
  readonly returnsI32: boolean;
  readonly body: Code;
}

/** The bytes of a module of exported functions that work in an imported memory, `env.memory`. */
export function assembleModule(functions: readonly FunctionCode[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters, returnsI32 }) => [
    0x60,
    ...vector(parameters.map((type) => [valueTypes[type]])),
    ...vector(returnsI32 ? [[i32Type]] : []),
  ]);
  const memoryImport = [...text('env'), ...text('memory'), 0x02, 0x00, 0x01];
  const exports = functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i)]);
  const bodies = functions.map(({ locals, body }) => {
    const code = [...vector(locals.map((type) => [1, valueTypes[type]])), ...body, 0x0b];
    return [...unsigned(code.length), ...code];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(2, vector([memoryImport])),
    ...section(3, vector(functions.map((_, i) => unsigned(i)))),
    ...section(7, vector(exports)),
    ...section(10, vector(bodies)),
  ]);
}

const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const text = (name: string): Code => vector([...name].map((letter) => [letter.charCodeAt(0)]));

/** LEB128, the variable-length numbers of the format. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): Code {
  const last = value >= -0x40 && value < 0x40;
  return last ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
