/** What measurements leave behind: figures for scripts, plots and pages for people. */
@NullMarked
package dev.scr.cli.report;

import org.jspecify.annotations.NullMarked;
