/**
 * The console: web pages on the REST face and its live stream, bundled when the server starts. Asks no other host for anything.
 *
 * @module
 */
export {buildConsole, type ConsoleBundle, type ConsoleFile} from './bundle.ts';
export {CONSOLE_HEADERS, consoleHandler} from './handler.ts';
