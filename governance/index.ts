/**
 * Why and by whom: the record of each answer, put together from the log so that a person can read it.
 *
 * @module
 */
export {decisionLines, decisionParquet, type TimeRange} from './decision-export.ts';
export {DecisionBook, type DecisionBookOptions} from './decision-book.ts';
