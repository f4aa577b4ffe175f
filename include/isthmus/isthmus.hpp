// Everything that a program needs to declare, train and use a model compiled in the same translation unit.
#pragma once

#include <isthmus/declare.hpp>
#include <isthmus/error.hpp>
#include <isthmus/lower/here.hpp>
#include <isthmus/run/trainer.hpp>
