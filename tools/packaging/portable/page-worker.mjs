import { outcomeOf } from './outcome.mjs'

// @ts-expect-error: a worker's; the types are Node's
void outcomeOf('worker').then((outcome) => postMessage(outcome))
