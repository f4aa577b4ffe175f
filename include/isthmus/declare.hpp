// Everything that a model's header needs: the words of the DSL.
#pragma once

#include <isthmus/declare/adversarial.hpp>
#include <isthmus/declare/attention.hpp>
#include <isthmus/declare/binarize.hpp>
#include <isthmus/declare/images.hpp>
#include <isthmus/declare/importance_weighted.hpp>
#include <isthmus/declare/indices.hpp>
#include <isthmus/declare/lookup.hpp>
#include <isthmus/declare/losses.hpp>
#include <isthmus/declare/missing.hpp>
#include <isthmus/declare/model.hpp>
#include <isthmus/declare/movement.hpp>
#include <isthmus/declare/network.hpp>
#include <isthmus/declare/normalization.hpp>
#include <isthmus/declare/patches.hpp>
#include <isthmus/declare/penalties.hpp>
#include <isthmus/declare/ports.hpp>
#include <isthmus/declare/sparse.hpp>
#include <isthmus/declare/terms.hpp>
#include <isthmus/declare/training_only.hpp>
#include <isthmus/declare/turns.hpp>
#include <isthmus/declare/variational.hpp>
#include <isthmus/declare/vector_quantize.hpp>
#include <isthmus/differentiate/averaged.hpp>
#include <isthmus/differentiate/contraction.hpp>
#include <isthmus/differentiate/optimizers.hpp>
