/**
 * Words of the page of vintages: English, Chinese.
 *
 * @module
 */

/** Part of the table of words. */
export const VINTAGE_WORDS = {
	'empty.vintages': ['No vintage can be followed yet.', '尚无可跟踪的账龄批次。'],
	'empty.vintages.how': [
		'A window of answers becomes a vintage where the model says yes or no and its labels take time to be final.',
		'二分类模型且标签需要时间才成熟时，每个决策窗口成为一个账龄批次。',
	],
	'vintages.title': ['What answers turned into', '决策的最终结果'],
	'vintages.unit': ['positives among all answers, by age', '阳性占全部决策的比例，按账龄'],
	'vintages.choose': ['Vintage', '账龄批次'],
	'vintages.table': ['Vintages', '账龄批次'],
	'vintages.vintage': ['Vintage', '批次'],
	'vintages.known': ['Labels', '标签'],
	'vintages.state': ['State', '状态'],
	'vintages.positives': ['Positives', '阳性率'],
	'vintages.auc': ['AUC', 'AUC'],
	'vintages.logLoss': ['Log loss', '对数损失'],
	'vintages.calibration': ['Calibration', '校准'],
	'vintages.final': ['final', '已成熟'],
	'vintages.maturing': ['maturing', '成熟中'],
	'vintages.between': ['{low} to {high}', '{low} 至 {high}'],
	'vintages.age': ['{days} days', '{days} 天'],
	'vintages.chart': [
		'Known positives of {vintage} by age: {known} so far, {low} to {high} in the end.',
		'{vintage} 按账龄的已知阳性率：目前 {known}，最终 {low} 至 {high}。',
	],
	'vintages.chart.open': ['Known positives of {vintage} by age: {known} so far.', '{vintage} 按账龄的已知阳性率：目前 {known}。'],
	'vintages.rule': [
		'A maturing vintage shows what is to be expected once all labels are known: in {level} of cases within the bounds, if labels come as they used to.',
		'成熟中批次显示全部标签已知后的预期值；若标签到达方式与以往相同，{level} 的情况下最终落在区间内。',
	],
	'vintages.untold': ['too early', '为时过早'],
} as const;
