/**
 * The frame of the console: header, pages, keys that work everywhere.
 *
 * @module
 */
import {useEffect, useRef, useState} from 'preact/hooks';
import {BacktestsPage} from './backtests/backtests-page.tsx';
import {BrokenBanner, ConnectionStatus, useConnectionState} from './connection-status.tsx';
import {ConsoleContext, useConsole, useConsoleContext, type Theme} from './console-context.ts';
import type {ConsoleStore} from './data/console-store.ts';
import {DecisionPage} from './decision/decision-page.tsx';
import {DriftPage} from './drift/drift-page.tsx';
import {EdgePage} from './edge/edge-page.tsx';
import {FleetPage} from './fleet/fleet-page.tsx';
import {JobsPage} from './jobs/jobs-page.tsx';
import {ModelPage} from './model/model-page.tsx';
import {pathOf, type Router} from './router.ts';
import {TimelinePage} from './timeline/timeline-page.tsx';
import {VersionsPage} from './versions/versions-page.tsx';
import {SegmentsPage} from './segments/segments-page.tsx';
import {VintagesPage} from './vintages/vintages-page.tsx';
import {isTyping} from './widgets/is-typing.ts';
import {KeysDialog} from './widgets/keys-dialog.tsx';
import {Link} from './widgets/link.tsx';
import {SearchDialog} from './widgets/search-dialog.tsx';

/** The whole console. */
export function App({store, router, systemTheme}: {readonly store: ConsoleStore; readonly router: Router; readonly systemTheme: Theme}) {
	const context = useConsoleContext(store, router, systemTheme);
	return (
		<ConsoleContext.Provider value={context}>
			<Frame />
		</ConsoleContext.Provider>
	);
}

function Frame() {
	const {say, language, theme, route} = useConsole();
	const [dialog, setDialog] = useState<'keys' | 'search'>();
	const page = useRef<HTMLElement>(null);
	const place = `${route.page} ${route.model}${route.decision}`;
	const shown = useRef(place);
	const isStale = useConnectionState() === 'broken';
	useEffect(() => {
		document.documentElement.lang = language === 'zh' ? 'zh-Hans' : 'en';
		document.documentElement.dataset['theme'] = theme;
		document.title = [...[route.model, route.decision].filter(name => name !== ''), say(`page.${route.page}`), 'Perennial'].join(' · ');
	});
	useEffect(() => {
		if (shown.current !== place) {
			shown.current = place;
			scrollTo(0, 0);
			page.current?.focus({preventScroll: true});
		}
	}, [place]);
	useFrameKeys(setDialog);
	const close = (): void => {
		setDialog(undefined);
	};

	return (
		<>
			<a class="skip" href="#page">
				{say('skip')}
			</a>
			<Header />
			<BrokenBanner />
			<main id="page" ref={page} tabIndex={-1} class={isStale ? 'stale' : ''}>
				<CurrentPage />
			</main>
			{dialog === 'keys' && <KeysDialog onClose={close} />}
			{dialog === 'search' && <SearchDialog onClose={close} />}
		</>
	);
}

function Header() {
	const {say, route} = useConsole();
	const current = route.page === 'jobs' || route.page === 'edge' ? route.page : 'fleet';
	return (
		<header class="top">
			<Link to="/" class="wordmark">
				<svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
					<path class="outer" d="M11 3a8 8 0 1 1-7.4 5" />
					<path class="inner" d="M11 7.2a3.8 3.8 0 1 1-3.5 2.3" />
				</svg>
				Perennial
			</Link>
			<nav class="main" aria-label={say('nav.main')}>
				{(['fleet', 'jobs', 'edge'] as const).map(page => (
					<Link key={page} to={pathOf(page)} current={page === current && route.page !== 'unknown'}>
						{say(`page.${page}`)}
					</Link>
				))}
			</nav>
			<div class="tools">
				<ConnectionStatus />
				<Settings />
			</div>
		</header>
	);
}

function Settings() {
	const {say, router, language, theme} = useConsole();
	return (
		<>
			<button
				type="button"
				aria-label={say('language.change')}
				onClick={() => {
					router.keep({lang: language === 'zh' ? undefined : 'zh'});
				}}
			>
				{say('language')}
			</button>
			<button
				type="button"
				aria-label={say('theme')}
				onClick={() => {
					router.keep({theme: theme === 'dark' ? 'light' : 'dark'});
				}}
			>
				<svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
					<circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-width="1.6" />
					<path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" />
				</svg>
			</button>
		</>
	);
}

function CurrentPage() {
	const {
		say,
		route: {page, model, decision},
	} = useConsole();
	switch (page) {
		case 'fleet': {
			return <FleetPage />;
		}

		case 'jobs': {
			return <JobsPage />;
		}

		case 'edge': {
			return <EdgePage />;
		}

		case 'decision': {
			return <DecisionPage key={decision} id={decision} />;
		}

		case 'timeline':
		case 'drift':
		case 'vintages':
		case 'segments':
		case 'versions':
		case 'backtests': {
			return (
				<ModelPage key={model} model={model} tab={page}>
					{detail =>
						page === 'drift' ? (
							<DriftPage model={model} />
						) : page === 'vintages' ? (
							<VintagesPage model={model} />
						) : page === 'segments' ? (
							<SegmentsPage model={model} />
						) : page === 'backtests' ? (
							<BacktestsPage model={model} />
						) : page === 'versions' ? (
							<VersionsPage model={model} />
						) : (
							<TimelinePage detail={detail} />
						)
					}
				</ModelPage>
			);
		}

		case 'unknown': {
			return (
				<div class="page">
					<section class="card empty">
						<h1>{say('page.unknown')}</h1>
						<p>
							<Link to="/">{say('missing.back')}</Link>
						</p>
					</section>
				</div>
			);
		}
	}
}

/** `/` searches, `?` lists the keys, `d` changes light and dark. */
function useFrameKeys(open: (dialog: 'keys' | 'search') => void): void {
	const {router, theme} = useConsole();
	useEffect(() => {
		const press = (event: KeyboardEvent): void => {
			if (isTyping(event)) {
				return;
			}

			if (event.key === '/') {
				event.preventDefault();
				open('search');
			} else if (event.key === '?') {
				open('keys');
			} else if (event.key === 'd') {
				router.keep({theme: theme === 'dark' ? 'light' : 'dark'});
			}
		};

		addEventListener('keydown', press);
		return () => {
			removeEventListener('keydown', press);
		};
	}, [router, theme, open]);
}
