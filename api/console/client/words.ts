/**
 * Every word that the console says by itself, in English and Chinese. Names, reasons and messages come from the server as they are.
 *
 * @module
 */
import {WORDS} from './word-table.ts';

/** Languages, as the parameter `lang` names them. */
export type Language = 'en' | 'zh';

/** What can be said. */
export type WordKey = keyof typeof WORDS;

/** Values for the places in a text. */
export type WordValues = Readonly<Record<string, string | number>>;

/** Says something in one language. */
export type Say = (key: WordKey, values?: WordValues) => string;

const NUMERALS = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine'];

/**
 * Speak a language.
 *
 * @example
 * createSay('en')('fleet.refused', {n: 2}); //=> 'Two candidates were refused.'
 * createSay('zh')('fleet.refused', {n: 2}); //=> '2 个候选被拒绝。'
 */
export function createSay(language: Language): Say {
	const column = language === 'zh' ? 1 : 0;
	return (key, values = {}) => {
		const forms = WORDS[key][column].split('|');
		const text = forms.length === 2 && Number(values['n']) !== 1 ? forms[1]! : forms[0]!;
		return text.replaceAll(/\{(\w+)\}/gv, (_, name: string) =>
			name === 'N' ? numeral(Number(values['n'])) : String(values[name] ?? ''),
		);
	};
}

function numeral(count: number): string {
	return NUMERALS[count] ?? String(count);
}
