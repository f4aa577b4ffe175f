// Mistakes in a model, found by the compiler. A pass records the first mistake as a value; the place that
// uses the model turns it into an error whose first line names the layer and both shapes.
#pragma once

#include <isthmus/graph.hpp>

#include <stdexcept>
#include <utility>

namespace isthmus {

enum class Mistake {
  none,
  shapes_differ,
  loss_shapes_differ,
  loss_is_not_a_scalar,
  inner_sizes_differ,
  not_a_matrix,
  batch_becomes_columns,
  samples_are_mixed,
  layer_in_a_loss,
  tied_shapes_differ,
  shared_shapes_differ,
  turn_without_layers,
  turn_misses_a_layer,
  turns_of_one_name,
  turns_accumulate,
  two_averages,
  channels_differ,
  channels_not_in_groups,
  not_a_series,
  heads_do_not_divide,
  not_a_sequence,
  patches_do_not_cover,
  not_an_image,
  not_a_volume,
  not_a_row,
  window_larger_than_image,
  size_not_reached,
  sizes_of_a_reshape_differ,
  slice_outside,
  no_such_dimension,
  not_a_permutation,
  pool_sees_nothing,
  convolution_too_large,
  rate_out_of_range,
  target_out_of_range,
  bound_is_negative,
  bound_not_positive,
  schedule_value_not_positive,
  schedule_too_long,
  jacobian_too_wide,
  size_not_positive,
  stride_not_positive,
  no_input,
  two_inputs,
  input_is_not_read,
  missing_values_are_read,
  not_indices,
  binarizes_no_input,
  code_is_not_drawn,
  draws_take_rows,
  unknown_port,
  weight_shape_differs,
  port_not_given,
  port_given_twice,
  ports_without_names,
  no_bottleneck,
  two_bottlenecks,
  bottleneck_is_bypassed,
  bottleneck_is_not_on_the_way,
  duplicate_name,
  unknown_name,
  frozen_without_parameters,
  nothing_is_trained,
  not_a_codebook,
  not_counted,
  batch_not_positive,
  batch_above_budget,
  tensors_of_two_graphs,
  operation_without_formula,
  operation_without_kernel,
  operation_without_gradient,
  operation_without_name,
  operation_lacks_operand,
  operation_given_too_many,
  operation_of_rows_and_samples,
  gradient_shape_differs,
  initializer_without_start,
  never_assigned,
  assigned_shapes_differ,
  row_too_long,
  keeps_more_than_there_is,
  not_a_sparse_row,
  sample_too_large,
  function_too_large,
  too_many_unnamed_layers,
  graph_too_large,
};

/// The first mistake that was found, where, and the two shapes that clash.
struct Diagnostic {
  Mistake mistake = Mistake::none;
  const char* layer = "";
  Shape first = {};
  Shape second = {};
  const char* other = "";  ///< a second layer, where two have to do with it

  constexpr explicit operator bool() const { return mistake != Mistake::none; }
  constexpr void record(Mistake what, const char* where, Shape a = {}, Shape b = {},
                        const char* second_layer = "") {
    if (mistake == Mistake::none) *this = Diagnostic{what, where, a, b, second_layer};
  }
};

/// A diagnostic has room for whole numbers only.
constexpr int in_percent(float x) {
  const float largest = 1e4f;
  return static_cast<int>(100.0f * (x < -largest ? -largest : x < largest ? x : largest));
}

/// Text as a template argument, so that compilers print it.
template <int Size>
struct Text {
  char text[Size] = {};
  constexpr Text() = default;
  // NOLINTNEXTLINE: a string literal is meant to convert.
  constexpr Text(const char (&literal)[Size]) : Text(literal, std::make_integer_sequence<int, Size>()) {}
  /// Each character, the zero at the end among them, is named: clang prints text that is written by a loop as
  /// numbers where it has 8 or 16 letters.
  template <int... place>
  constexpr Text(const char* characters, std::integer_sequence<int, place...>) : text{characters[place]...} {}
};

namespace mistake {

/// The parts of the messages: `layer<Text<5>{"dec3"}>`, `shape<784>` (of one sample), `percent<150>`.
template <Text name>
struct layer {};
/// One of the turns of a training step.
template <Text name>
struct turn {};
template <Text name>
struct operation {};
template <Text name>
struct initializer {};
/// An input of the model.
template <Text name>
struct port {};
/// A parameter of a layer, or the memory that an optimizer has beside one.
template <Text name>
struct part {};
/// The layer at which a bypass of the bottleneck ends: the one that is written there, or that was written last.
template <Text name>
struct joins {};
template <int... extents>
struct shape {};
/// The shape of one sample, where it is compared with the shape of a value that all samples share.
template <int... extents>
struct batch_of_shape {};
template <int hundredths>
struct percent {};
template <std::int64_t count>
struct bytes {};

// Never defined: naming one with a layer and two shapes is the error message.
template <class Layer, class First, class Second>
struct operands_have_different_shapes;
template <class Layer, class Reconstruction, class Target>
struct the_loss_compares_different_shapes;
template <class Layer, class Loss, class Expected>
struct the_loss_is_not_a_scalar;
template <class Layer, class First, class Second>
struct inner_sizes_of_a_product_differ;
template <class Layer, class Found>
struct a_product_takes_matrices;
template <class Layer, class Found>
struct the_batch_cannot_become_columns;
template <class Layer, class From, class To>
struct samples_must_not_be_mixed_in_a_model_use_sample_sum_or_sample_mean;
template <class Layer>
struct a_loss_must_not_have_layers_of_its_own;
template <class Layer, class Expected, class Found>
struct tied_weights_have_another_shape;
template <class Layer, class Here, class Before>
struct a_network_that_is_applied_again_needs_the_same_shape;
template <class Turn>
struct a_turn_has_no_layers_say_which_with_of;
template <class Turn, class Layer>
struct the_loss_of_a_turn_does_not_reach_its;
template <class Turn>
struct two_turns_have_the_same_name;
template <class Word, class Steps>
struct steps_in_turns_do_not_accumulate_their_gradients;
template <class Layer, class Part>
struct two_turns_keep_an_average_of_the_same;
template <class Layer, class Image, class Weights>
struct channels_of_image_and_weights_differ;
template <class Layer, class Image, class Groups>
struct groups_of_channels_must_have_the_same_size;
template <class Layer, class Found, class WidthChannels>
struct this_layer_takes_a_series;
template <class Layer, class Sequence, class Heads>
struct heads_must_divide_the_width_of_a_sequence;
template <class Layer, class Found, class Expected>
struct this_layer_takes_a_sequence_of_rows;
template <class Layer, class Image, class Patches>
struct patches_must_cover_an_image_exactly;
template <class Layer, class Found, class HeightWidthChannels>
struct this_layer_takes_an_image;
template <class Layer, class Found, class DepthHeightWidthChannels>
struct this_layer_takes_a_volume;
template <class Layer, class Operand, class Asked>
struct this_layer_cannot_give_the_size_that_is_asked_for;
template <class Layer, class Found, class Expected>
struct this_layer_takes_a_row_of_values;
template <class Layer, class Image, class Window>
struct the_window_is_larger_than_the_image;
template <class Layer, class Image, class Window>
struct a_convolution_sees_more_than_its_kernels_can_gather;
template <class Layer, class From, class To>
struct a_reshape_must_keep_the_number_of_values;
template <class Layer, class Operand, class FirstAndEnd>
struct a_slice_lies_within_its_operand_and_is_not_empty;
template <class Layer, class Operand, class Dimension>
struct the_operand_has_no_such_dimension;
template <class Layer, class Operand, class Dimensions>
struct a_permutation_names_each_dimension_once;
template <class Layer, class Window, class Padding>
struct a_pool_must_not_see_padding_alone;
template <class Layer, class Found>
struct a_rate_must_be_at_least_0_and_below_1;
template <class Layer, class Found>
struct a_target_must_be_between_0_and_1;
template <class Word, class Found>
struct a_bound_must_not_be_negative;
template <class Word, class Found>
struct a_bound_must_be_positive;
template <class Layer>
struct an_exponential_schedule_goes_between_positive_values;
template <class Layer, class Parts, class Most>
struct a_schedule_has_too_many_parts;
template <class Layer, class Code, class Widest>
struct the_jacobian_has_more_rows_than_can_be_written;
template <class Layer, class Found, class Expected>
struct a_size_must_be_positive;
template <class Layer, class DownRight, class Expected>
struct a_stride_must_be_positive;
template <class Layer, class Found, class Expected>
struct the_model_has_no_input;
template <class Layer, class First, class Second>
struct the_sequence_notation_has_one_input_use_graph_for_more;
template <class Port, class Shape>
struct an_input_is_not_read;
template <class Port, class ReadAt>
struct missing_values_are_for_fill_missing_and_is_present_and_where_present;
template <class Layer, class Found>
struct this_word_takes_an_input_that_is_declared_with_indices;
template <class Layer, class Found>
struct binarize_stands_directly_behind_an_input_of_data;
template <class Layer, class Reconstruction>
struct importance_weights_need_a_code_that_is_drawn;
template <class Layer, class Found>
struct several_draws_of_a_code_go_through_dense_layers_and_functions_of_values;
template <class Port, class FirstInput>
struct the_model_has_no_input_of_this_name;
template <class Port, class Weight, class Errors>
struct weights_of_a_loss_have_the_shape_of_its_errors_or_one_value;
template <class Port, class Shape>
struct an_input_is_not_given;
template <class Port>
struct an_input_is_given_twice;
template <class First, class Second>
struct a_model_with_several_inputs_takes_them_by_name_as_ports;
template <class Layer, class Input, class Output>
struct the_model_has_no_bottleneck;
template <class Layer, class First, class Second>
struct two_bottlenecks_have_the_same_name;
template <class BypassingLayer, class ItsShape, class Bottleneck, class Joins>
struct the_bottleneck_is_bypassed_by;
template <class Layer, class Input, class Output>
struct the_bottleneck_is_not_between_input_and_output;
template <class Layer, class First, class Second>
struct two_layers_have_the_same_name;
template <class Layer, class Input, class Output>
struct no_layer_has_this_name;
template <class Layer>
struct a_layer_that_is_frozen_needs_parameters_of_its_own;
template <class LastLayer>
struct frozen_layers_leave_nothing_to_train;
template <class Layer, class Shape>
struct this_layer_has_no_codebook_expected_one_of_vector_quantize;
template <class Layer, class Shape>
struct units_of_this_layer_are_not_counted_expected_sparse_top_k_and_count_idle;
template <class Layer, class Found, class Expected>
struct the_largest_batch_must_be_positive;
template <class Layer, class Found, class Largest>
struct the_memory_budget_is_for_smaller_batches;
template <class Budget, class LeastArena>
struct the_memory_budget_is_too_small;
template <class Layer, class First, class Second>
struct operands_belong_to_different_graphs;
template <class Operation>
struct an_elementwise_operation_needs_a_formula;
template <class Operation>
struct an_operation_over_rows_needs_a_kernel;
template <class Operation>
struct an_operation_that_is_trained_through_needs_a_gradient;
template <class Layer>
struct an_operation_needs_a_name;
template <class Operation>
struct an_operation_lacks_an_operand;
template <class Operation>
struct an_operation_is_given_more_operands_than_it_has;
template <class Operation>
struct columns_are_of_operations_over_rows_and_shape_of_those_over_samples;
template <class Operation, class Gradient, class Operand>
struct the_gradient_of_an_operation_has_another_shape_than_its_operand;
template <class Initializer>
struct an_initializer_needs_a_name_and_a_start;
template <class Layer, class Part>
struct an_optimizer_has_to_assign_what_it_updates;
template <class Layer, class Target, class Value>
struct what_is_assigned_has_another_shape;
template <class Layer, class Operand, class Result>
struct a_row_is_longer_than_its_kernel_has_memory_for;
template <class Layer, class Kept, class Row>
struct more_values_are_kept_than_a_row_has;
template <class Layer, class Values, class Where>
struct a_sparse_row_has_as_many_columns_as_values;
template <class Layer, class Operand, class Result>
struct a_sample_is_larger_than_its_kernel_has_memory_for;
template <class FirstLayer, class NodesWritten, class Most>
struct a_function_in_the_sequence_notation_is_too_large_use_graph;
template <class Kind>
struct too_many_layers_have_no_name;
template <class Layer, class Found, class Capacity>
struct the_graph_is_larger_than_its_capacity;

// Mistakes in a row of elementwise operations, which is made before any graph: no compiler evaluates a function
// that is not constexpr, and its message has the function's name. A row that is made at run time throws.
[[noreturn]] inline void an_elementwise_operation_needs_a_name() {
  throw std::invalid_argument("elementwise operation: expected a name");
}
[[noreturn]] inline void a_formula_consists_of_elementwise_operations_and_numbers() {
  throw std::invalid_argument("formula: expected elementwise operations and numbers alone");
}
[[noreturn]] inline void a_formula_reads_what_its_operation_does_not_have() {
  throw std::invalid_argument(
      "formula: expected to read operands that there are, and `value` with has_value alone");
}
[[noreturn]] inline void a_formula_has_at_most_28_operations_and_numbers() {
  throw std::length_error("formula: expected at most 28 operations and numbers");
}
[[noreturn]] inline void formulas_and_gradients_of_a_row_have_at_most_64_operations_and_numbers() {
  throw std::length_error("row: expected at most 64 operations and numbers in its formulas and gradients");
}

}  // namespace mistake

namespace detail {

constexpr int text_size(const char* text) {
  int size = 1;
  while (*text != 0) ++text, ++size;
  return size;
}

/// `name` is a member of the diagnostic: its text.
template <const Diagnostic& diagnostic, const char* Diagnostic::* name>
constexpr auto text_of() {
  constexpr int size = text_size(diagnostic.*name);
  return Text<size>(diagnostic.*name, std::make_integer_sequence<int, size>());
}

template <template <int...> class Printed, Shape shape, int... d>
constexpr auto printed(std::integer_sequence<int, d...>) {
  return Printed<shape.dim[(shape.has_batch() ? 1 : 0) + d]...>{};
}
template <template <int...> class Printed, Shape shape>
constexpr auto printed() {
  return printed<Printed, shape>(std::make_integer_sequence<int, shape.rank - (shape.has_batch() ? 1 : 0)>());
}

/// `beside` is the other shape of the message: where only one of them is of one sample, that one says so.
template <Shape shape, Shape beside>
constexpr auto printable() {
  if constexpr (shape.has_batch() && beside.rank > 0 && !beside.has_batch())
    return printed<mistake::batch_of_shape, shape>();
  else return printed<mistake::shape, shape>();
}

}  // namespace detail

/// True if the diagnostic is empty; otherwise it does not compile, and the first line says why.
template <const Diagnostic& diagnostic>
constexpr bool require_none() {
  if constexpr (diagnostic.mistake == Mistake::none) {
    return true;
  } else {
    using Layer = mistake::layer<detail::text_of<diagnostic, &Diagnostic::layer>()>;
    using Operation = mistake::operation<detail::text_of<diagnostic, &Diagnostic::layer>()>;
    using Turn = mistake::turn<detail::text_of<diagnostic, &Diagnostic::layer>()>;
    using Port = mistake::port<detail::text_of<diagnostic, &Diagnostic::layer>()>;
    using Other = mistake::port<detail::text_of<diagnostic, &Diagnostic::other>()>;
    using A = decltype(detail::printable<diagnostic.first, diagnostic.second>());
    using B = decltype(detail::printable<diagnostic.second, diagnostic.first>());
    constexpr Mistake what = diagnostic.mistake;
    if constexpr (what == Mistake::shapes_differ)
      return sizeof(mistake::operands_have_different_shapes<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::loss_shapes_differ)
      return sizeof(mistake::the_loss_compares_different_shapes<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::loss_is_not_a_scalar)
      return sizeof(mistake::the_loss_is_not_a_scalar<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::inner_sizes_differ)
      return sizeof(mistake::inner_sizes_of_a_product_differ<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::not_a_matrix)
      return sizeof(mistake::a_product_takes_matrices<Layer, A>) != 0;
    else if constexpr (what == Mistake::batch_becomes_columns)
      return sizeof(mistake::the_batch_cannot_become_columns<Layer, A>) != 0;
    else if constexpr (what == Mistake::samples_are_mixed)
      return sizeof(mistake::samples_must_not_be_mixed_in_a_model_use_sample_sum_or_sample_mean<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::layer_in_a_loss)
      return sizeof(mistake::a_loss_must_not_have_layers_of_its_own<Layer>) != 0;
    else if constexpr (what == Mistake::tied_shapes_differ)
      return sizeof(mistake::tied_weights_have_another_shape<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::shared_shapes_differ)
      return sizeof(mistake::a_network_that_is_applied_again_needs_the_same_shape<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::turn_without_layers)
      return sizeof(mistake::a_turn_has_no_layers_say_which_with_of<Turn>) != 0;
    else if constexpr (what == Mistake::turn_misses_a_layer)
      return sizeof(mistake::the_loss_of_a_turn_does_not_reach_its<
                    Turn, mistake::layer<detail::text_of<diagnostic, &Diagnostic::other>()>>) != 0;
    else if constexpr (what == Mistake::turns_of_one_name)
      return sizeof(mistake::two_turns_have_the_same_name<Turn>) != 0;
    else if constexpr (what == Mistake::turns_accumulate)
      return sizeof(mistake::steps_in_turns_do_not_accumulate_their_gradients<Layer, A>) != 0;
    else if constexpr (what == Mistake::two_averages)
      return sizeof(mistake::two_turns_keep_an_average_of_the_same<
                    Layer, mistake::part<detail::text_of<diagnostic, &Diagnostic::other>()>>) != 0;
    else if constexpr (what == Mistake::channels_differ)
      return sizeof(mistake::channels_of_image_and_weights_differ<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::channels_not_in_groups)
      return sizeof(mistake::groups_of_channels_must_have_the_same_size<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::not_a_series)
      return sizeof(mistake::this_layer_takes_a_series<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::not_a_volume)
      return sizeof(mistake::this_layer_takes_a_volume<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::size_not_reached)
      return sizeof(mistake::this_layer_cannot_give_the_size_that_is_asked_for<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::heads_do_not_divide)
      return sizeof(mistake::heads_must_divide_the_width_of_a_sequence<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::not_a_sequence)
      return sizeof(mistake::this_layer_takes_a_sequence_of_rows<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::patches_do_not_cover)
      return sizeof(mistake::patches_must_cover_an_image_exactly<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::not_an_image)
      return sizeof(mistake::this_layer_takes_an_image<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::not_a_row)
      return sizeof(mistake::this_layer_takes_a_row_of_values<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::window_larger_than_image)
      return sizeof(mistake::the_window_is_larger_than_the_image<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::sizes_of_a_reshape_differ)
      return sizeof(mistake::a_reshape_must_keep_the_number_of_values<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::slice_outside)
      return sizeof(mistake::a_slice_lies_within_its_operand_and_is_not_empty<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::no_such_dimension)
      return sizeof(mistake::the_operand_has_no_such_dimension<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::not_a_permutation)
      return sizeof(mistake::a_permutation_names_each_dimension_once<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::pool_sees_nothing)
      return sizeof(mistake::a_pool_must_not_see_padding_alone<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::convolution_too_large)
      return sizeof(mistake::a_convolution_sees_more_than_its_kernels_can_gather<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::rate_out_of_range)
      return sizeof(mistake::a_rate_must_be_at_least_0_and_below_1<Layer,
                                                                   mistake::percent<diagnostic.first.dim[1]>>) !=
             0;
    else if constexpr (what == Mistake::target_out_of_range)
      return sizeof(mistake::a_target_must_be_between_0_and_1<Layer, mistake::percent<diagnostic.first.dim[1]>>) !=
             0;
    else if constexpr (what == Mistake::bound_is_negative)
      return sizeof(mistake::a_bound_must_not_be_negative<Layer, mistake::percent<diagnostic.first.dim[1]>>) != 0;
    else if constexpr (what == Mistake::bound_not_positive)
      return sizeof(mistake::a_bound_must_be_positive<Layer, mistake::percent<diagnostic.first.dim[1]>>) != 0;
    else if constexpr (what == Mistake::schedule_value_not_positive)
      return sizeof(mistake::an_exponential_schedule_goes_between_positive_values<Layer>) != 0;
    else if constexpr (what == Mistake::schedule_too_long)
      return sizeof(mistake::a_schedule_has_too_many_parts<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::jacobian_too_wide)
      return sizeof(mistake::the_jacobian_has_more_rows_than_can_be_written<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::size_not_positive)
      return sizeof(mistake::a_size_must_be_positive<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::stride_not_positive)
      return sizeof(mistake::a_stride_must_be_positive<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::no_input) return sizeof(mistake::the_model_has_no_input<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::two_inputs)
      return sizeof(mistake::the_sequence_notation_has_one_input_use_graph_for_more<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::input_is_not_read)
      return sizeof(mistake::an_input_is_not_read<Port, A>) != 0;
    else if constexpr (what == Mistake::missing_values_are_read)
      return sizeof(mistake::missing_values_are_for_fill_missing_and_is_present_and_where_present<
                    Port, mistake::layer<detail::text_of<diagnostic, &Diagnostic::other>()>>) != 0;
    else if constexpr (what == Mistake::not_indices)
      return sizeof(mistake::this_word_takes_an_input_that_is_declared_with_indices<Layer, A>) != 0;
    else if constexpr (what == Mistake::binarizes_no_input)
      return sizeof(mistake::binarize_stands_directly_behind_an_input_of_data<Layer, A>) != 0;
    else if constexpr (what == Mistake::code_is_not_drawn)
      return sizeof(mistake::importance_weights_need_a_code_that_is_drawn<Layer, A>) != 0;
    else if constexpr (what == Mistake::draws_take_rows)
      return sizeof(mistake::several_draws_of_a_code_go_through_dense_layers_and_functions_of_values<Layer, A>) !=
             0;
    else if constexpr (what == Mistake::unknown_port)
      return sizeof(mistake::the_model_has_no_input_of_this_name<Port, Other>) != 0;
    else if constexpr (what == Mistake::weight_shape_differs)
      return sizeof(mistake::weights_of_a_loss_have_the_shape_of_its_errors_or_one_value<Port, A, B>) != 0;
    else if constexpr (what == Mistake::port_not_given)
      return sizeof(mistake::an_input_is_not_given<Port, A>) != 0;
    else if constexpr (what == Mistake::port_given_twice)
      return sizeof(mistake::an_input_is_given_twice<Port>) != 0;
    else if constexpr (what == Mistake::ports_without_names)
      return sizeof(mistake::a_model_with_several_inputs_takes_them_by_name_as_ports<Port, Other>) != 0;
    else if constexpr (what == Mistake::no_bottleneck)
      return sizeof(mistake::the_model_has_no_bottleneck<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::two_bottlenecks)
      return sizeof(mistake::two_bottlenecks_have_the_same_name<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::bottleneck_is_bypassed)
      return sizeof(mistake::the_bottleneck_is_bypassed_by<
                    Layer, A, B, mistake::joins<detail::text_of<diagnostic, &Diagnostic::other>()>>) != 0;
    else if constexpr (what == Mistake::bottleneck_is_not_on_the_way)
      return sizeof(mistake::the_bottleneck_is_not_between_input_and_output<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::duplicate_name)
      return sizeof(mistake::two_layers_have_the_same_name<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::unknown_name)
      return sizeof(mistake::no_layer_has_this_name<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::frozen_without_parameters)
      return sizeof(mistake::a_layer_that_is_frozen_needs_parameters_of_its_own<Layer>) != 0;
    else if constexpr (what == Mistake::nothing_is_trained)
      return sizeof(mistake::frozen_layers_leave_nothing_to_train<Layer>) != 0;
    else if constexpr (what == Mistake::not_a_codebook)
      return sizeof(mistake::this_layer_has_no_codebook_expected_one_of_vector_quantize<Layer, A>) != 0;
    else if constexpr (what == Mistake::not_counted)
      return sizeof(mistake::units_of_this_layer_are_not_counted_expected_sparse_top_k_and_count_idle<Layer, A>) !=
             0;
    else if constexpr (what == Mistake::batch_not_positive)
      return sizeof(mistake::the_largest_batch_must_be_positive<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::batch_above_budget)
      return sizeof(mistake::the_memory_budget_is_for_smaller_batches<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::tensors_of_two_graphs)
      return sizeof(mistake::operands_belong_to_different_graphs<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::operation_without_formula)
      return sizeof(mistake::an_elementwise_operation_needs_a_formula<Operation>) != 0;
    else if constexpr (what == Mistake::operation_without_kernel)
      return sizeof(mistake::an_operation_over_rows_needs_a_kernel<Operation>) != 0;
    else if constexpr (what == Mistake::operation_without_gradient)
      return sizeof(mistake::an_operation_that_is_trained_through_needs_a_gradient<Operation>) != 0;
    else if constexpr (what == Mistake::operation_without_name)
      return sizeof(mistake::an_operation_needs_a_name<Layer>) != 0;
    else if constexpr (what == Mistake::operation_lacks_operand)
      return sizeof(mistake::an_operation_lacks_an_operand<Operation>) != 0;
    else if constexpr (what == Mistake::operation_given_too_many)
      return sizeof(mistake::an_operation_is_given_more_operands_than_it_has<Operation>) != 0;
    else if constexpr (what == Mistake::operation_of_rows_and_samples)
      return sizeof(mistake::columns_are_of_operations_over_rows_and_shape_of_those_over_samples<Operation>) != 0;
    else if constexpr (what == Mistake::gradient_shape_differs)
      return sizeof(mistake::the_gradient_of_an_operation_has_another_shape_than_its_operand<Operation, A, B>) !=
             0;
    else if constexpr (what == Mistake::initializer_without_start)
      return sizeof(mistake::an_initializer_needs_a_name_and_a_start<
                    mistake::initializer<detail::text_of<diagnostic, &Diagnostic::layer>()>>) != 0;
    else if constexpr (what == Mistake::never_assigned)
      return sizeof(mistake::an_optimizer_has_to_assign_what_it_updates<
                    Layer, mistake::part<detail::text_of<diagnostic, &Diagnostic::other>()>>) != 0;
    else if constexpr (what == Mistake::assigned_shapes_differ)
      return sizeof(mistake::what_is_assigned_has_another_shape<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::row_too_long)
      return sizeof(mistake::a_row_is_longer_than_its_kernel_has_memory_for<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::keeps_more_than_there_is)
      return sizeof(mistake::more_values_are_kept_than_a_row_has<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::not_a_sparse_row)
      return sizeof(mistake::a_sparse_row_has_as_many_columns_as_values<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::sample_too_large)
      return sizeof(mistake::a_sample_is_larger_than_its_kernel_has_memory_for<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::function_too_large)
      return sizeof(mistake::a_function_in_the_sequence_notation_is_too_large_use_graph<Layer, A, B>) != 0;
    else if constexpr (what == Mistake::too_many_unnamed_layers)
      return sizeof(mistake::too_many_layers_have_no_name<Layer>) != 0;
    else return sizeof(mistake::the_graph_is_larger_than_its_capacity<Layer, A, B>) != 0;
  }
}

/// True if the smallest arena that was found is within the budget; otherwise it does not compile.
template <std::int64_t budget, std::int64_t least>
constexpr bool check_budget() {
  if constexpr (least <= budget) return true;
  else return sizeof(mistake::the_memory_budget_is_too_small<mistake::bytes<budget>, mistake::bytes<least>>) != 0;
}

}  // namespace isthmus
