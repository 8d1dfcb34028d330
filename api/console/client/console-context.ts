/**
 * What every component may use: data, address, words, formats and theme.
 *
 * @module
 */
import {createContext} from 'preact';
import {useContext, useEffect, useMemo, useReducer} from 'preact/hooks';
import type {ConsoleStore, Entry} from './data/console-store.ts';
import type {ResourceName, ResourceTypes} from './data/resources.ts';
import {createFormats, type Formats} from './formats.ts';
import type {Route, Router} from './router.ts';
import {createSay, type Language, type Say} from './words.ts';

/** Light or dark. */
export type Theme = 'light' | 'dark';

/** What every component may use. */
export interface Console {
	readonly store: ConsoleStore;
	readonly router: Router;
	readonly route: Route;
	readonly say: Say;
	readonly formats: Formats;
	readonly language: Language;
	readonly theme: Theme;
}

/** Provides a {@link Console}. */
export const ConsoleContext = createContext<Console | undefined>(undefined);

/** The console that this component is part of. */
export function useConsole(): Console {
	const console = useContext(ConsoleContext);
	if (!console) {
		throw new Error('A component stands outside the console.');
	}

	return console;
}

/** Build the context from the address, again when it changes. */
export function useConsoleContext(store: ConsoleStore, router: Router, systemTheme: Theme): Console {
	const [, redraw] = useReducer((count: number) => count + 1, 0);
	useEffect(
		() =>
			router.subscribe(() => {
				redraw(undefined);
			}),
		[router],
	);
	const {route} = router;
	const language = route.query.get('lang') === 'zh' ? 'zh' : 'en';
	const chosen = route.query.get('theme');
	const theme = chosen === 'light' || chosen === 'dark' ? chosen : systemTheme;
	const spoken = useMemo(() => {
		const say = createSay(language);
		return {say, formats: createFormats(language, say)};
	}, [language]);
	return useMemo(() => ({store, router, route, language, theme, ...spoken}), [store, router, route, language, theme, spoken]);
}

/** A resource, read when first wanted; the component is drawn again when it changes. */
export function useResource<Name extends ResourceName>(name: Name, model?: string, channel?: string): Entry<ResourceTypes[Name]> {
	const {store} = useConsole();
	const read = (): Entry<ResourceTypes[Name]> => store.read(name, model, channel);
	useEffect(() => {
		store.want(name, model, channel);
	}, [store, name, model, channel]);
	return useStore(read);
}

/** Something read from the store; drawn again when the very value changes. */
export function useStore<Value>(read: () => Value): Value {
	const {store} = useConsole();
	const [, redraw] = useReducer((count: number) => count + 1, 0);
	const value = read();
	useEffect(() => {
		const look = (): void => {
			if (!Object.is(read(), value)) {
				redraw(undefined);
			}
		};

		look();
		return store.subscribe(look);
	});
	return value;
}
