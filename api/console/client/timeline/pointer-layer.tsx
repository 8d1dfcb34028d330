/**
 * Catches the pointer over all panels: one crosshair for all, drag to zoom.
 *
 * @module
 */
import {useRef, useState} from 'preact/hooks';
import {timeOf, type TimeAxis, type TimeRange} from '../charts/time-axis.ts';

/** Pixels below which a drag is a click. */
const DRAG_PIXELS_MIN = 12;

/** Properties of {@link PointerLayer}. */
export interface PointerLayerProps {
	readonly axis: TimeAxis;
	/** Where the crosshair stands, in pixels of the stack; undefined: nowhere. */
	readonly crosshair: number | undefined;
	readonly onHover: (time: number | undefined) => void;
	readonly onPick: (time: number) => void;
	readonly onZoom: (range: TimeRange | undefined) => void;
}

/** Lies over the panels and under the buttons. */
export function PointerLayer({axis, crosshair, onHover, onPick, onZoom}: PointerLayerProps) {
	const pressedAt = useRef<number | undefined>(undefined);
	const [brush, setBrush] = useState<readonly [from: number, to: number]>();
	const pixelOfEvent = (event: PointerEvent): number => {
		const {left} = (event.currentTarget as HTMLElement).getBoundingClientRect();
		return Math.min(axis.left + axis.width, Math.max(axis.left, event.clientX - left + axis.left));
	};

	const press = (event: PointerEvent): void => {
		if (event.pointerType === 'mouse' && event.button === 0) {
			(event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
			pressedAt.current = pixelOfEvent(event);
		}
	};

	const move = (event: PointerEvent): void => {
		const pixel = pixelOfEvent(event);
		onHover(timeOf(axis, pixel));
		if (pressedAt.current !== undefined) {
			setBrush([Math.min(pressedAt.current, pixel), Math.max(pressedAt.current, pixel)]);
		}
	};

	const release = (event: PointerEvent): void => {
		const pixel = pixelOfEvent(event);
		const from = pressedAt.current ?? pixel;
		if (Math.abs(pixel - from) > DRAG_PIXELS_MIN) {
			onZoom({from: timeOf(axis, Math.min(from, pixel)), to: timeOf(axis, Math.max(from, pixel))});
		} else {
			onPick(timeOf(axis, pixel));
		}

		pressedAt.current = undefined;
		setBrush(undefined);
	};

	return (
		<>
			<div
				class="catch"
				style={{left: `${axis.left}px`, width: `${axis.width}px`}}
				onPointerDown={press}
				onPointerMove={move}
				onPointerUp={release}
				onPointerLeave={() => {
					onHover(undefined);
				}}
				onDblClick={() => {
					onZoom(undefined);
				}}
			/>
			{crosshair !== undefined && <div class="hair" style={{left: `${crosshair}px`}} />}
			{brush && <div class="brush" style={{left: `${brush[0]}px`, width: `${brush[1] - brush[0]}px`}} />}
		</>
	);
}
