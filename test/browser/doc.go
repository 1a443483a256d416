// Package browser looks at the console in a real browser: each page at three widths, light and dark, with axe-core, and each act
// by clicking. It is a module of its own, so that the project does not depend on what drives a browser.
package browser
