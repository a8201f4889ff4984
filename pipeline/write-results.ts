import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { findings } from '../models/findings.ts';
import { readModelResults } from './model-results.ts';
import { resultsMarkdown } from './results-markdown.ts';
import { readTrainingSpeed } from './training-speed.ts';

const inModels = (name: string): string => fileURLToPath(new URL(`../../models/${name}`, import.meta.url));
const results = await readModelResults(inModels('results.json'));
const speed = await readTrainingSpeed(inModels('training-speed.json'));
await writeFile(inModels('RESULTS.md'), `${resultsMarkdown(results, findings, speed)}\n`);
