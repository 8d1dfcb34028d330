/**
 * Starts the console in the page that loaded it.
 *
 * @module
 */
import {render} from 'preact';
import {App} from './app.tsx';
import {ConsoleStore} from './data/console-store.ts';
import {Router} from './router.ts';

const store = new ConsoleStore({fetch: async (...request) => fetch(...request), now: () => Date.now(), random: () => Math.random()});
const dark = matchMedia('(prefers-color-scheme: dark)');
const root = document.querySelector('#root');
if (!root) {
	throw new Error('The page has no place for the console.');
}

const router = new Router(window);
const draw = (): void => {
	render(<App store={store} router={router} systemTheme={dark.matches ? 'dark' : 'light'} />, root);
};

dark.addEventListener('change', draw);
draw();
store.start();
