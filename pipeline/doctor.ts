import { createHash } from 'node:crypto';
import { readFile, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { modelFiles, modelPath, networks } from '../models/index.ts';
import type { NetworkName } from '../models/index.ts';
import { packageRoot } from '../src/package-root.ts';
import { probeProvider } from './provider-probe.ts';
import type { ProviderState } from './provider-probe.ts';
import { defaultWorkspaceFolder } from './workspace.ts';

export interface ModelState {
  readonly name: string;
  readonly file: string;
  /** Null where the file cannot be read. */
  readonly bytes: number | null;
  readonly sha256: string | null;
  /** Whether the file is the one its model card speaks of. */
  readonly card: 'matches' | 'differs' | 'says no SHA-256' | 'missing';
}

/** What `tessera doctor` finds out. */
export interface DoctorReport {
  readonly versions: Readonly<Record<'tessera' | 'node' | 'sharp' | 'libvips' | 'onnxruntime' | 'opencvWasm', string>>;
  readonly machine: {
    readonly platform: string;
    readonly processor: string;
    readonly cores: number;
    readonly memoryMiB: number;
    readonly freeMemoryMiB: number;
  };
  readonly workspace: { readonly folder: string; readonly freeDiskMiB: number | null };
  readonly models: readonly ModelState[];
  readonly providers: readonly ProviderState[];
}

const mebibyte = 1024 * 1024;

/** Looks at the installation: versions, machine, workspace, models, and which execution providers really compute. */
export async function doctor(): Promise<DoctorReport> {
  const folder = defaultWorkspaceFolder();
  const models = (await Promise.all((Object.keys(networks) as NetworkName[]).map(modelStates))).flat();
  const providers: ProviderState[] = [];
  for (const provider of ['cpu', 'webgpu', 'cuda'] as const) {
    providers.push(await probeProvider(provider, modelPath('2ch')));
  }
  return {
    versions: {
      tessera: packageRoot().version,
      node: process.versions.node,
      sharp: sharp.versions.sharp ?? packageVersion('sharp'),
      libvips: sharp.versions.vips,
      onnxruntime: packageVersion('onnxruntime-node'),
      opencvWasm: packageVersion('opencv-wasm'),
    },
    machine: {
      platform: `${process.platform} ${process.arch}`,
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      memoryMiB: Math.round(totalmem() / mebibyte),
      freeMemoryMiB: Math.round(freemem() / mebibyte),
    },
    workspace: { folder, freeDiskMiB: await freeDisk(folder) },
    models,
    providers,
  };
}

/** The report as lines for people. */
export function renderDoctorReport(report: DoctorReport): string {
  const { versions, machine, workspace } = report;
  const disk = workspace.freeDiskMiB === null ? 'free disk unknown' : `${gigabytes(workspace.freeDiskMiB)} free`;
  const rows: [string, string][] = [
    ['tessera', versions.tessera],
    ['node', `${versions.node} on ${machine.platform}`],
    ['sharp', `${versions.sharp} (libvips ${versions.libvips})`],
    ['onnxruntime', versions.onnxruntime],
    ['opencv-wasm', versions.opencvWasm],
    ['processor', `${machine.processor}, ${machine.cores} cores`],
    ['memory', `${gigabytes(machine.memoryMiB)}, ${gigabytes(machine.freeMemoryMiB)} free`],
    ['workspace', `${workspace.folder} (${disk})`],
    ...report.models.map((model): [string, string] => [`model ${model.name}`, modelText(model)]),
    ...report.providers.map((state): [string, string] => [`provider ${state.provider}`, providerText(state)]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}\n`).join('');
}

function modelStates(name: NetworkName): Promise<ModelState[]> {
  return Promise.all(modelFiles(name).map((file) => modelState(name, file)));
}

async function modelState(name: NetworkName, file: string): Promise<ModelState> {
  const bytes = await readFile(file).catch(() => null);
  const card = await readFile(join(dirname(file), networks[name].card), 'utf8').catch(() => null);
  const sha256 = bytes === null ? null : createHash('sha256').update(bytes).digest('hex');
  return { name, file, bytes: bytes?.length ?? null, sha256, card: compareCard(card, sha256) };
}

function compareCard(card: string | null, sha256: string | null): ModelState['card'] {
  if (card === null) return 'missing';
  const named = card.match(/\b[0-9a-f]{64}\b/gi) ?? [];
  if (named.length === 0) return 'says no SHA-256';
  return named.some((sum) => sum.toLowerCase() === sha256) ? 'matches' : 'differs';
}

/** Free disk where the folder is, or would be made. */
async function freeDisk(folder: string): Promise<number | null> {
  for (let place = folder; ; place = dirname(place)) {
    const disk = await statfs(place).catch(() => null);
    if (disk !== null) return Math.round((disk.bavail * disk.bsize) / mebibyte);
    if (dirname(place) === place) return null;
  }
}

function packageVersion(name: string): string {
  const { version } = createRequire(import.meta.url)(`${name}/package.json`) as { version: string };
  return version;
}

function modelText(model: ModelState): string {
  if (model.bytes === null || model.sha256 === null) return `${model.file} cannot be read: install Tessera again`;
  const card = {
    matches: 'as its card says',
    differs: 'NOT the file its card speaks of: install Tessera again',
    'says no SHA-256': 'its card says no SHA-256',
    missing: 'its card is missing',
  }[model.card];
  return `${(model.bytes / mebibyte).toFixed(1)} MiB, SHA-256 ${model.sha256.slice(0, 12)}…, ${card}`;
}

function providerText(state: ProviderState): string {
  if (!state.ran) return `does not run: ${state.reason}`;
  const rate = Math.round((1000 * state.pairs) / state.runMs);
  return `ran ${state.pairs} patch pairs in ${state.runMs.toFixed(0)} ms (${rate} a second), loaded in ${state.loadMs.toFixed(0)} ms`;
}

function gigabytes(mib: number): string {
  return `${(mib / 1024).toFixed(1)} GiB`;
}
