import type { CommandSpec } from './command-spec.js'
import { mb, rb } from './commands/buckets.js'
import { cat } from './commands/cat.js'
import { check } from './commands/check.js'
import { complete } from './commands/complete.js'
import { completion } from './commands/completion.js'
import { configInit } from './commands/config-init.js'
import { configGet, configList, configPathCommand, configSet, configUnset } from './commands/config.js'
import { consoleCommand } from './commands/console.js'
import { cp } from './commands/cp.js'
import { decrypt } from './commands/decrypt.js'
import { demo } from './commands/demo.js'
import { doctor } from './commands/doctor.js'
import { du } from './commands/du.js'
import { encrypt } from './commands/encrypt.js'
import { inspect } from './commands/inspect.js'
import { jobsAudit } from './commands/jobs-audit.js'
import { jobsClean } from './commands/jobs-clean.js'
import { jobsEncrypt } from './commands/jobs-encrypt.js'
import { jobsMigrate } from './commands/jobs-migrate.js'
import { jobsPlan } from './commands/jobs-plan.js'
import { jobsCancel, jobsPause, jobsResume } from './commands/jobs-queue-control.js'
import { jobsFailed, jobsRequeue } from './commands/jobs-queue-failed.js'
import { jobsProve } from './commands/jobs-queue-prove.js'
import { jobsStart } from './commands/jobs-queue-start.js'
import { jobsStatus } from './commands/jobs-queue-status.js'
import { jobsWorker } from './commands/jobs-queue-worker.js'
import { jobsRewrap } from './commands/jobs-rewrap.js'
import { jobsVerify } from './commands/jobs-verify.js'
import { keysCreate, keysDescribe, keysList } from './commands/keys.js'
import { localEnv, localReset, localStart, localStatus, localStop } from './commands/local.js'
import { ls } from './commands/ls.js'
import { man } from './commands/man.js'
import { mv } from './commands/mv.js'
import { restore } from './commands/restore.js'
import { rewrap } from './commands/rewrap.js'
import { rm } from './commands/rm.js'
import { sign } from './commands/sign.js'
import { stat } from './commands/stat.js'
import { sync } from './commands/sync.js'
import { tree } from './commands/tree.js'
import { uploadsAbort, uploadsLs } from './commands/uploads.js'
import { verifySignature } from './commands/verify-signature.js'
import { verify } from './commands/verify.js'

/** All commands, in the order in which they are shown. Their code beyond what is shown is loaded when they run. */
export const commands: readonly CommandSpec[] = [
  ...[
    cp,
    mv,
    rm,
    ls,
    tree,
    du,
    stat,
    cat,
    sync,
    check,
    mb,
    rb,
    inspect,
    verify,
    rewrap,
    restore,
    uploadsLs,
    uploadsAbort,
  ],
  ...[jobsAudit, jobsPlan, jobsEncrypt, jobsMigrate, jobsRewrap, jobsVerify, jobsClean],
  ...[jobsStart, jobsWorker, jobsStatus, jobsPause, jobsResume, jobsCancel, jobsFailed, jobsRequeue, jobsProve],
  ...[encrypt, decrypt, sign, verifySignature, keysList, keysDescribe, keysCreate],
  ...[localStart, localStop, localStatus, localEnv, localReset, demo, consoleCommand],
  ...[configInit, configSet, configGet, configUnset, configList, configPathCommand, doctor, completion, complete, man],
]
