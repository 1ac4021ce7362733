/**
 * `osscrypt/broker` under Node's own http and https, and what is built on them.
 *
 * @packageDocumentation
 * @module osscrypt/broker/node
 */
export { toNodeHandler, type NodeHandler } from './broker/node-handler.js'
