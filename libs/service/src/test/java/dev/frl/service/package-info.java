@NullMarked
package dev.frl.service;

import org.jspecify.annotations.NullMarked;
