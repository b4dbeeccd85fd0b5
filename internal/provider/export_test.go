package provider

// WithRows is what writes rows into an answer.
var WithRows = withRows
