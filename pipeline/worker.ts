import { describePhoto } from './worker-features.ts';
import { prepareComposition, renderTiles } from './worker-compose.ts';
import { matchPair, shortlistPair, verifyPoints } from './worker-match.ts';
import { createWorkerResources, describeDevice } from './worker-resources.ts';
import { screenPairs } from './worker-screen.ts';
import { solveCameras } from './worker-cameras.ts';
