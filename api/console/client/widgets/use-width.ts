/**
 * How wide an element is, for what is drawn into it.
 *
 * @module
 */
import type {RefObject} from 'preact';
import {useLayoutEffect, useRef, useState} from 'preact/hooks';

/** A reference to give to an element, and its inner width in whole pixels; 0 before it is laid out. */
export function useWidth<Kind extends HTMLElement>(): [RefObject<Kind | null>, number] {
	const ref = useRef<Kind>(null);
	const [width, setWidth] = useState(0);
	useLayoutEffect(() => {
		const element = ref.current;
		if (!element) {
			return;
		}

		const look = (): void => {
			const {paddingLeft, paddingRight} = getComputedStyle(element);
			setWidth(Math.floor(element.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight)));
		};
		look();
		const observer = new ResizeObserver(look);
		observer.observe(element);
		return () => {
			observer.disconnect();
		};
	}, []);
	return [ref, width];
}
