/**
 * The style sheet's colours, for what is drawn on a canvas.
 *
 * @module
 */
import {COLOR_NAMES, type ColorName} from './color-names.ts';

/** The colours of the theme in force, as `rgb(...)`, and the font for labels. */
export interface Palette {
	readonly colors: Readonly<Record<ColorName, string>>;
	/** Of labels, sized for the screen's pixels. */
	readonly font: (weight?: number) => string;
	/** The same for uPlot, which scales by itself. */
	readonly axisFont: string;
}

/** Read the colours. A custom property is text until something wears it, so an element does. */
export function readPalette(document: Document, pixelRatio: number): Palette {
	const probe = document.createElement('i');
	document.body.append(probe);
	const colors = Object.fromEntries(
		COLOR_NAMES.map(name => {
			probe.style.color = `var(--${name})`;
			return [name, getComputedStyle(probe).color];
		}),
	) as Record<ColorName, string>;
	const family = getComputedStyle(document.body).fontFamily;
	probe.remove();
	return {colors, font: (weight = 400) => `${weight} ${11 * pixelRatio}px ${family}`, axisFont: `11px ${family}`};
}

/**
 * A colour made transparent.
 *
 * @example
 * withAlpha('rgb(11, 92, 173)', 0.15); //=> 'rgba(11, 92, 173, 0.15)'
 */
export function withAlpha(color: string, alpha: number): string {
	const channels = color.match(/[\d.]+/gv) ?? [];
	return `rgba(${channels.slice(0, 3).join(', ')}, ${alpha})`;
}

/** Diagonal lines for what is not certain yet. */
export function createHatch(context: CanvasRenderingContext2D, color: string, pixelRatio: number): CanvasPattern | string {
	const size = 6 * pixelRatio;
	const tile = context.canvas.ownerDocument.createElement('canvas');
	tile.width = size;
	tile.height = size;
	const pen = tile.getContext('2d');
	if (!pen) {
		return color;
	}

	pen.strokeStyle = color;
	pen.lineWidth = pixelRatio * 0.8;
	pen.beginPath();
	for (const offset of [-size, 0, size]) {
		pen.moveTo(offset, size);
		pen.lineTo(offset + size, 0);
	}

	pen.stroke();
	return context.createPattern(tile, 'repeat') ?? color;
}
