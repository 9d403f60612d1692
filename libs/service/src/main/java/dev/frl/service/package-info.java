/**
 * What every service starts with: settings from the environment, the topics, and a process with an exit code.
 * Read by the main classes of the services.
 */
@NullMarked
package dev.frl.service;

import org.jspecify.annotations.NullMarked;
