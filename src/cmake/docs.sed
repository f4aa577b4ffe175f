# What a header says above `#pragma once` is about the file: Doxygen is given it as such, line by line.
1,/^#pragma once/{
  s|^// |/// |
  s|^//$|///|
  s|^#pragma once$|/// @file|
}
