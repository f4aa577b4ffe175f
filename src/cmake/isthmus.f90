! Isthmus for Fortran: isthmus.h, word for word; what the calls do is said there. An array samples(size, count) has
! the layout that they expect. Texts given to them end with c_null_char.
module isthmus
  use, intrinsic :: iso_c_binding
  implicit none
  private

  integer(c_int), parameter, public :: isthmus_ok = 0, isthmus_argument = 1, isthmus_shape = 2, isthmus_workspace = 3, &
                                       isthmus_file = 4, isthmus_number = 5, isthmus_memory = 6, isthmus_other = 7, &
                                       isthmus_in_use = 8
  ! That of isthmus.h: ISTHMUS_VERSION.
  integer(c_int), parameter, public :: isthmus_version_of_module = 200

  public :: isthmus_message, isthmus_version_number, isthmus_model_workspace, isthmus_model_create, &
            isthmus_model_create_sharing, isthmus_model_sharing_workspace, isthmus_model_destroy, &
            isthmus_model_load, isthmus_model_copy, isthmus_model_input_size, isthmus_model_output_size, isthmus_run, &
            isthmus_encode, isthmus_decode, isthmus_model_side_output, isthmus_model_set_input, &
            isthmus_model_size_of_input, isthmus_trainer_set_input, isthmus_trainer_size_of_input, isthmus_trainer_workspace, &
            isthmus_trainer_create, isthmus_trainer_destroy, isthmus_trainer_input_size, isthmus_step, &
            isthmus_evaluate, isthmus_set_learning_rate, isthmus_trainer_save, isthmus_trainer_load, &
            isthmus_trainer_save_checkpoint, isthmus_trainer_load_checkpoint, &
            isthmus_model_set_threads, isthmus_trainer_set_threads

  interface
    function isthmus_error_text() bind(c) result(text)
      import :: c_ptr
      type(c_ptr) :: text
    end function
    function isthmus_version_number() bind(c) result(number)
      import :: c_int
      integer(c_int) :: number
    end function

    function isthmus_model_workspace(program, max_batch) bind(c) result(bytes)
      import :: c_ptr, c_int, c_size_t
      type(c_ptr), value :: program
      integer(c_int), value :: max_batch
      integer(c_size_t) :: bytes
    end function
    function isthmus_model_create(program, max_batch, workspace, workspace_bytes, model) bind(c) result(status)
      import :: c_ptr, c_int, c_size_t
      type(c_ptr), value :: program, workspace
      integer(c_int), value :: max_batch
      integer(c_size_t), value :: workspace_bytes
      type(c_ptr), intent(inout) :: model
      integer(c_int) :: status
    end function
    function isthmus_model_create_sharing(owner, max_batch, workspace, workspace_bytes, model) bind(c) result(status)
      import :: c_ptr, c_int, c_size_t
      type(c_ptr), value :: owner, workspace
      integer(c_int), value :: max_batch
      integer(c_size_t), value :: workspace_bytes
      type(c_ptr), intent(inout) :: model
      integer(c_int) :: status
    end function
    function isthmus_model_sharing_workspace(owner, max_batch) bind(c) result(bytes)
      import :: c_ptr, c_int, c_size_t
      type(c_ptr), value :: owner
      integer(c_int), value :: max_batch
      integer(c_size_t) :: bytes
    end function
    subroutine isthmus_model_destroy(model) bind(c)
      import :: c_ptr
      type(c_ptr), value :: model
    end subroutine
    function isthmus_model_load(model, path) bind(c) result(status)
      import :: c_ptr, c_int, c_char
      type(c_ptr), value :: model
      character(kind=c_char), intent(in) :: path(*)
      integer(c_int) :: status
    end function
    function isthmus_model_copy(model, trainer) bind(c) result(status)
      import :: c_ptr, c_int
      type(c_ptr), value :: model, trainer
      integer(c_int) :: status
    end function
    function isthmus_model_input_size(model) bind(c) result(values)
      import :: c_ptr, c_int
      type(c_ptr), value :: model
      integer(c_int) :: values
    end function
    function isthmus_model_output_size(model) bind(c) result(values)
      import :: c_ptr, c_int
      type(c_ptr), value :: model
      integer(c_int) :: values
    end function
    function isthmus_model_size_of_input(model, name) bind(c) result(values)
      import :: c_ptr, c_int, c_char
      type(c_ptr), value :: model
      character(kind=c_char), intent(in) :: name(*)
      integer(c_int) :: values
    end function
    ! The samples are read by later runs: they have the target attribute, and are passed by c_loc.
    function isthmus_model_set_input(model, name, samples, stride) bind(c) result(status)
      import :: c_ptr, c_int, c_int64_t, c_char
      type(c_ptr), value :: model, samples
      character(kind=c_char), intent(in) :: name(*)
      integer(c_int64_t), value :: stride
      integer(c_int) :: status
    end function
    function isthmus_run(model, input, input_stride, output, output_stride, count) bind(c) result(status)
      import :: c_ptr, c_int, c_int64_t, c_float
      type(c_ptr), value :: model
      real(c_float), intent(in) :: input(*)
      integer(c_int64_t), value :: input_stride, output_stride
      real(c_float), intent(inout) :: output(*)
      integer(c_int), value :: count
      integer(c_int) :: status
    end function
    function isthmus_encode(encoder, samples, sample_stride, codes, code_stride, count) bind(c) result(status)
      import :: c_ptr, c_int, c_int64_t, c_float
      type(c_ptr), value :: encoder
      real(c_float), intent(in) :: samples(*)
      integer(c_int64_t), value :: sample_stride, code_stride
      real(c_float), intent(inout) :: codes(*)
      integer(c_int), value :: count
      integer(c_int) :: status
    end function
    function isthmus_decode(decoder, codes, code_stride, samples, sample_stride, count) bind(c) result(status)
      import :: c_ptr, c_int, c_int64_t, c_float
      type(c_ptr), value :: decoder
      real(c_float), intent(in) :: codes(*)
      integer(c_int64_t), value :: code_stride, sample_stride
      real(c_float), intent(inout) :: samples(*)
      integer(c_int), value :: count
      integer(c_int) :: status
    end function
    function isthmus_model_side_output(model, name, values, count) bind(c) result(status)
      import :: c_ptr, c_int, c_char, c_size_t
      type(c_ptr), value :: model
      character(kind=c_char), intent(in) :: name(*)
      type(c_ptr), intent(inout) :: values
      integer(c_size_t), intent(inout) :: count
      integer(c_int) :: status
    end function

    function isthmus_trainer_workspace(train, evaluate, max_batch) bind(c) result(bytes)
      import :: c_ptr, c_int, c_size_t
      type(c_ptr), value :: train, evaluate
      integer(c_int), value :: max_batch
      integer(c_size_t) :: bytes
    end function
    function isthmus_trainer_create(train, evaluate, max_batch, seed, workspace, workspace_bytes, trainer) bind(c) &
        result(status)
      import :: c_ptr, c_int, c_int64_t, c_size_t
      type(c_ptr), value :: train, evaluate, workspace
      integer(c_int), value :: max_batch
      integer(c_int64_t), value :: seed
      integer(c_size_t), value :: workspace_bytes
      type(c_ptr), intent(inout) :: trainer
      integer(c_int) :: status
    end function
    subroutine isthmus_trainer_destroy(trainer) bind(c)
      import :: c_ptr
      type(c_ptr), value :: trainer
    end subroutine
    function isthmus_trainer_input_size(trainer) bind(c) result(values)
      import :: c_ptr, c_int
      type(c_ptr), value :: trainer
      integer(c_int) :: values
    end function
    function isthmus_trainer_size_of_input(trainer, name) bind(c) result(values)
      import :: c_ptr, c_int, c_char
      type(c_ptr), value :: trainer
      character(kind=c_char), intent(in) :: name(*)
      integer(c_int) :: values
    end function
    function isthmus_trainer_set_input(trainer, name, samples, stride) bind(c) result(status)
      import :: c_ptr, c_int, c_int64_t, c_char
      type(c_ptr), value :: trainer, samples
      character(kind=c_char), intent(in) :: name(*)
      integer(c_int64_t), value :: stride
      integer(c_int) :: status
    end function
    function isthmus_step(trainer, samples, stride, count, loss) bind(c) result(status)
      import :: c_ptr, c_int, c_int64_t, c_float, c_double
      type(c_ptr), value :: trainer
      real(c_float), intent(in) :: samples(*)
      integer(c_int64_t), value :: stride
      integer(c_int), value :: count
      real(c_double), intent(inout) :: loss
      integer(c_int) :: status
    end function
    function isthmus_evaluate(trainer, samples, stride, count, loss) bind(c) result(status)
      import :: c_ptr, c_int, c_int64_t, c_float, c_double
      type(c_ptr), value :: trainer
      real(c_float), intent(in) :: samples(*)
      integer(c_int64_t), value :: stride
      integer(c_int), value :: count
      real(c_double), intent(inout) :: loss
      integer(c_int) :: status
    end function
    function isthmus_set_learning_rate(trainer, rate) bind(c) result(status)
      import :: c_ptr, c_int, c_double
      type(c_ptr), value :: trainer
      real(c_double), value :: rate
      integer(c_int) :: status
    end function
    function isthmus_trainer_save(trainer, path) bind(c) result(status)
      import :: c_ptr, c_int, c_char
      type(c_ptr), value :: trainer
      character(kind=c_char), intent(in) :: path(*)
      integer(c_int) :: status
    end function
    function isthmus_trainer_load(trainer, path) bind(c) result(status)
      import :: c_ptr, c_int, c_char
      type(c_ptr), value :: trainer
      character(kind=c_char), intent(in) :: path(*)
      integer(c_int) :: status
    end function
    function isthmus_trainer_save_checkpoint(trainer, path) bind(c) result(status)
      import :: c_ptr, c_int, c_char
      type(c_ptr), value :: trainer
      character(kind=c_char), intent(in) :: path(*)
      integer(c_int) :: status
    end function
    function isthmus_trainer_load_checkpoint(trainer, path) bind(c) result(status)
      import :: c_ptr, c_int, c_char
      type(c_ptr), value :: trainer
      character(kind=c_char), intent(in) :: path(*)
      integer(c_int) :: status
    end function

    function isthmus_model_set_threads(model, workers, parallel, host) bind(c) result(status)
      import :: c_ptr, c_int, c_funptr
      type(c_ptr), value :: model, host
      integer(c_int), value :: workers
      type(c_funptr), value :: parallel
      integer(c_int) :: status
    end function
    function isthmus_trainer_set_threads(trainer, workers, parallel, host) bind(c) result(status)
      import :: c_ptr, c_int, c_funptr
      type(c_ptr), value :: trainer, host
      integer(c_int), value :: workers
      type(c_funptr), value :: parallel
      integer(c_int) :: status
    end function
  end interface

contains

  ! Why the last call of this thread failed; empty if it did not.
  function isthmus_message() result(message)
    character(len=:), allocatable :: message
    character(kind=c_char), pointer :: text(:)
    integer :: length

    call c_f_pointer(isthmus_error_text(), text, [512])
    length = 0
    do while (text(length + 1) /= c_null_char)
      length = length + 1
    end do
    allocate (character(len=length) :: message)
    message = transfer(text(1:length), message)
  end function
end module
