// A page's program, which says what came of it.
import { outcomeOf } from './outcome.mjs'

void outcomeOf('page').then((outcome) => console.log('outcomes', JSON.stringify([outcome])))
