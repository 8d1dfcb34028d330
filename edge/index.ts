/**
 * The edge: an agent that runs where decisions are made, far from everything else. It follows a channel over the REST face, takes only versions that
 * prove themselves, keeps the last good one beside the current, and answers with or without the network.
 *
 * As a program: `node edge/main.ts --help`. As a library: {@link EdgeAgent}. With keys to trust it takes nothing that is not signed.
 *
 * @module
 */
export {EdgeAgent, type EdgeAgentOptions, type EdgeReport} from './agent.ts';
export type {EdgeAnswer, LoadSession} from './live-model.ts';
export type {TrustOptions} from './trust.ts';
export {startLocalServer, type LocalServer, type LocalServerOptions} from './local-server.ts';
