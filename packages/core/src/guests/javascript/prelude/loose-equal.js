// `==`, which assert.equal and assert.deepEqual are defined by.
// oxlint-disable-next-line eqeqeq -- loose by definition
const looseEqual = (left, right) => left == right || (Number.isNaN(left) && Number.isNaN(right))

module.exports = { looseEqual }
