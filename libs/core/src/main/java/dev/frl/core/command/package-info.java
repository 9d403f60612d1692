/**
 * Orders of users to runs and experiments, and the answers.
 * Read by the controller, which carries them out, and by clients that send them.
 */
@NullMarked
package dev.frl.core.command;

import org.jspecify.annotations.NullMarked;
