/** What operators do to a cluster beyond creating topics: reset it, and find out whether its topics and its state belong together. */
@NullMarked
package dev.frl.messaging.admin;

import org.jspecify.annotations.NullMarked;
