/** What every service starts with: settings from the environment, the topics, and a process with an exit code. */
@NullMarked
package dev.frl.service;

import org.jspecify.annotations.NullMarked;
