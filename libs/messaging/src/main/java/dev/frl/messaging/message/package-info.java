/** What travels on the topics, as plain records. */
@NullMarked
package dev.frl.messaging.message;

import org.jspecify.annotations.NullMarked;
